namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A kind of task: the rows of its files, as its authors published them.</summary>
public abstract class EvaluationTask
{
    /// <summary>What lies between examples, and between them and the row that is asked (lm-evaluation-harness).</summary>
    internal const string BetweenShots = "\n\n";

    /// <summary>What <c>--task</c> takes.</summary>
    public abstract string Name { get; }

    /// <summary>What a row has, in words.</summary>
    public abstract string Takes { get; }

    internal string RowForm => $"a row of '{Name}' has {Takes}";

    public abstract TaskMeasure Measure { get; }

    /// <summary>Whether solved rows may stand before a row.</summary>
    public virtual bool TakesShots => true;

    /// <summary>Whether a folder's files are all read, or one is to be named.</summary>
    public virtual bool TakesFolders => false;

    /// <summary>Reads the rows of a file.</summary>
    /// <exception cref="InputException">A row is not what the task takes.</exception>
    internal virtual IReadOnlyList<TaskItem> ReadFile(string path) => [.. TaskRows.Read(path, RowForm).Select(Parse)];

    /// <exception cref="InputException">The row is not what the task takes.</exception>
    internal abstract TaskItem Parse(TaskRow row);
}

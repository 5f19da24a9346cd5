namespace Ilgpu.Pretrain.Evaluation;

/// <summary>PIQA (arXiv 1911.11641), asked as lm-evaluation-harness does. Labels stand in the rows, or beside them in NAME-labels.lst.</summary>
internal sealed class PiqaTask : EvaluationTask
{
    public override string Name => "piqa";

    public override string Takes => "goal, sol1 and sol2 (texts), and label (0 or 1) in the row or, by line, in NAME-labels.lst beside NAME.jsonl";

    public override TaskMeasure Measure => TaskMeasure.Choice;

    internal override IReadOnlyList<TaskItem> ReadFile(string path)
    {
        string labelsPath = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path) + "-labels.lst");
        if (!File.Exists(labelsPath))
            return base.ReadFile(path);
        string[] labels = [.. File.ReadLines(labelsPath).Select(line => line.Trim()).Where(line => line.Length > 0)];
        TaskRow[] rows = [.. TaskRows.Read(path, RowForm)];
        if (rows.Length != labels.Length)
            throw new InputException($"'{labelsPath}' has {labels.Length} labels, and '{path}' {rows.Length} rows.");
        return [.. rows.Select((row, i) => labels[i] is "0" or "1"
            ? Item(row, labels[i][0] - '0')
            : throw new InputException($"{labelsPath}:{i + 1} is '{labels[i]}'; a label is 0 or 1."))];
    }

    internal override TaskItem Parse(TaskRow row) => Item(row, row.Gold("label", 2));

    private static TaskItem Item(TaskRow row, int gold)
    {
        string context = $"Question: {row.Text("goal")}\nAnswer:";
        return new TaskItem(row.Name, [new TaskOption(context, " " + row.AnyText("sol1")), new TaskOption(context, " " + row.AnyText("sol2"))], gold);
    }
}

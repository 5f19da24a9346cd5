using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What a study's file says: steps that refer to each other, without cycles.</summary>
public sealed class Study
{
    private readonly Dictionary<StudyStep, int> indices;

    internal Study(string name, string file, TrainingOptions trainingOptions, IReadOnlyList<StudyStep> steps)
    {
        Name = name;
        File = file;
        TrainingOptions = trainingOptions;
        Steps = steps;
        Datasets = [.. steps.OfType<DatasetStep>()];
        indices = steps.Select((step, i) => (step, i)).ToDictionary(each => each.step, each => each.i);
    }

    public string Name { get; }

    /// <summary>The file's full path.</summary>
    public string File { get; }

    /// <summary>Of every run.</summary>
    public TrainingOptions TrainingOptions { get; }

    /// <summary>Each behind those that it needs, else in the file's order.</summary>
    public IReadOnlyList<StudyStep> Steps { get; }

    public IReadOnlyList<DatasetStep> Datasets { get; }

    /// <summary>Reads a study's file.</summary>
    /// <exception cref="InputException">It cannot be used: says where, by line and column.</exception>
    public static Study Read(string path) => new StudyReader(path).Read();

    internal int IndexOf(StudyStep step) => indices[step];
}

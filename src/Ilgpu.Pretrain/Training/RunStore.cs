namespace Ilgpu.Pretrain.Training;

/// <summary>A folder of runs, each named by the id of its configuration: the same run asked for again is found.</summary>
/// <param name="root">Need not exist yet.</param>
public sealed class RunStore(string root)
{
    public string Root { get; } = root;

    /// <summary>Where the run of a configuration lies, or will.</summary>
    public string PathOf(TrainingConfig config) => Path.Combine(Root, config.Id);

    /// <summary>The folders of all runs, by name; of those that lost a file, too.</summary>
    public IReadOnlyList<string> List() =>
        Directory.Exists(Root)
            ? [.. Directory.GetDirectories(Root).Where(RunFolder.IsAt).Order(StringComparer.Ordinal)]
            : [];
}

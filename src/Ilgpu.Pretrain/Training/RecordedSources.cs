using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;

namespace Ilgpu.Pretrain.Training;

/// <summary>What a run read, from where its environment.json says that it lay.</summary>
public static class RecordedSources
{
    /// <summary>Opens what the configuration names beside the dataset.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="config">The run's.</param>
    /// <param name="dataset">Opened already.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <returns>Whose <see cref="TrainingSources.Mixed"/> the caller disposes of.</returns>
    /// <exception cref="InputException">The run does not say where something lies, or it is gone.</exception>
    public static TrainingSources Open(string folder, TrainingConfig config, TokenDataset dataset, Action<string>? warn = null)
    {
        RunSession? last = RunFolder.ReadEnvironment(folder).Sessions is [.., { } session] ? session : null;
        var sources = new TrainingSources(dataset) { StartFolder = last?.StartFolder };
        if (config.SoftLabels is not null)
            sources = sources with { Teachers = SoftLabelTeachers.Open(Require(last?.TeacherFolders, "its teachers lie"), warn) };
        if (config.Mixed is not null)
            sources = sources with { Mixed = TokenDataset.Open(Require(last?.MixedFolder, "the dataset lies that it mixes in"), verify: true) };
        return sources;

        T Require<T>(T? value, string what)
            where T : class => value ?? throw new InputException($"The run in '{folder}' does not say where {what}: its environment.json is missing.");
    }
}

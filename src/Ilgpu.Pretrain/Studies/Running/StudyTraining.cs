using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A run that is to be trained, in words that another process understands: everything it reads by its folder.</summary>
public sealed record StudyTraining
{
    public required TrainingConfig Config { get; init; }

    public required TrainingOptions Options { get; init; }

    /// <summary>The run's.</summary>
    public required string Folder { get; init; }

    public required string DatasetFolder { get; init; }

    /// <summary>Of the dataset that is mixed in, or null.</summary>
    public string? MixedFolder { get; init; }

    /// <summary>Of the run that this one starts from, or null.</summary>
    public string? StartFolder { get; init; }

    /// <summary>Of the runs whose predictions it follows, in the configuration's order.</summary>
    public IReadOnlyList<string> TeacherFolders { get; init; } = [];
}

using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// A second dataset that takes a share of the windows of every step: synthetic text in distillation, the old text in
/// continued pre-training. An epoch still reads the first dataset once, and takes 1 / (1 - share) times the steps.
/// </summary>
public sealed record MixedData
{
    /// <summary>The second dataset's <see cref="TokenDataset.Hash"/>.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>Of the windows of every step, in (0, 1); where it is no whole number of them, steps take turns.</summary>
    public required double Share { get; init; }

    /// <summary>The first ones of the second dataset's training part, read again from their beginning as often as needed.</summary>
    public required long Tokens { get; init; }
}

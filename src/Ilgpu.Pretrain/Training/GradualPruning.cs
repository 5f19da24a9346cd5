namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Gradual magnitude pruning of the layers' matrices while a run trains ('The Journey Matters', arXiv 2501.12486, whose
/// begin and end are the defaults). A run that starts from a pruned one prunes anew: until then what was 0 grows again.
/// </summary>
public sealed record GradualPruning
{
    /// <summary>Of each matrix's weights that are 0 in the end.</summary>
    public required double Share { get; init; }

    /// <summary>Share of the training compute, weights that are left times tokens, after which pruning begins.</summary>
    public double Start { get; init; } = .25;

    /// <summary>Share of it after which nothing more is pruned.</summary>
    public double End { get; init; } = .75;
}

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>How much each member counts in an ensemble.</summary>
public enum EnsembleWeighting
{
    /// <summary>As much as every other.</summary>
    Equal,

    /// <summary>By weights that were fitted to held-out tokens.</summary>
    Learned,
}

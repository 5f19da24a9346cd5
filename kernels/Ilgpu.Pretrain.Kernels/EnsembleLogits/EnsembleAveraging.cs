namespace Ilgpu.Pretrain.Kernels;

/// <summary>What of an ensemble's members is averaged.</summary>
public enum EnsembleAveraging
{
    /// <summary>The arithmetic mean of logits: the geometric mean of probabilities, up to normalisation.</summary>
    Logits,

    /// <summary>The arithmetic mean of probabilities.</summary>
    Probabilities,
}

namespace Ilgpu.Pretrain.Optimization;

/// <summary>What turns gradients into updates.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW for all parameters (Loshchilov and Hutter, arXiv 1711.05101).</summary>
    AdamW,

    /// <summary>Muon (Jordan et al., 2024) for the layers' matrices, AdamW for embedding, head and gains.</summary>
    Muon,
}

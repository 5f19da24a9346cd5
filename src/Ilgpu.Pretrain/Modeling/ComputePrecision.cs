namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// What the residual branches compute in: their activations, their activations' gradients and the factors of matrix
/// products. Parameters, gradients, optimizer state, the residual stream, logits and every sum are fp32 always.
/// </summary>
public enum ComputePrecision
{
    Fp32,

    /// <summary>bfloat16, on tensor cores.</summary>
    Bf16,
}

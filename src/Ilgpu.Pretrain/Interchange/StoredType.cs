namespace Ilgpu.Pretrain.Interchange;

/// <summary>What the elements of a model's tensors are stored as in a file; in memory they are fp32 always.</summary>
public enum StoredType
{
    Fp32,

    /// <summary>bfloat16: fp32's range, 8 bits of significand.</summary>
    Bf16,

    /// <summary>IEEE half: up to 65504, 11 bits of significand.</summary>
    Fp16,
}

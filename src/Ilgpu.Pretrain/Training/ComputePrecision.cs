namespace Ilgpu.Pretrain.Training;

/// <summary>What matrix products compute in; parameters, gradients and optimizer state are fp32 always.</summary>
public enum ComputePrecision
{
    Fp32,
}

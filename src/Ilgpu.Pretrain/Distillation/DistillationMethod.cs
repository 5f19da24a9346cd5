namespace Ilgpu.Pretrain.Distillation;

/// <summary>What a student gets from its teachers.</summary>
public enum DistillationMethod
{
    /// <summary>Text that they sample, mixed with the real text.</summary>
    Synthetic,
}

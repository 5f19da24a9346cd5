namespace Ilgpu.Pretrain.Distillation;

/// <summary>What a student gets from its teachers.</summary>
public enum DistillationMethod
{
    /// <summary>Text that they sample, mixed with the real text.</summary>
    Synthetic,

    /// <summary>Their probabilities of every token of the real text.</summary>
    Soft,
}

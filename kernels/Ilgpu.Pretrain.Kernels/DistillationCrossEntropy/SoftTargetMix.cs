namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How much a student learns from a teacher's distribution beside the text:
/// <c>loss = (1 - alpha) cross-entropy + alpha temperature^2 KL(teacher || student)</c>, both softened by the temperature
/// (Hinton, Vinyals and Dean, arXiv 1503.02531).
/// </summary>
/// <param name="Alpha">In [0, 1]; 0 for the text alone, 1 for the teacher alone.</param>
/// <param name="Temperature">
/// What the logits of both are divided by inside the divergence, above 0. Its square keeps the soft gradient's size, which
/// falls like 1 / temperature^2.
/// </param>
public readonly record struct SoftTargetMix(double Alpha, double Temperature)
{
    /// <summary>The least temperature: that of an argmax for logits that differ by 1.</summary>
    public const double LeastTemperature = .01;

    /// <summary>Beyond it every distribution is flat.</summary>
    public const double LargestTemperature = 1000;

    /// <summary>Whether both numbers lie in their ranges.</summary>
    public bool IsValid => Alpha is >= 0 and <= 1 && Temperature is >= LeastTemperature and <= LargestTemperature;

    /// <param name="crossEntropy">In nats.</param>
    /// <param name="divergence">In nats, of the softened distributions.</param>
    public double Loss(double crossEntropy, double divergence) =>
        ((1 - Alpha) * crossEntropy) + (Alpha * Temperature * Temperature * divergence);
}

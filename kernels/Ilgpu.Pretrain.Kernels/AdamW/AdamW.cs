using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) over whole slabs, in one pass: clip, both moments, bias correction,
/// decoupled decay. <c>p = p (1 - lr wd) - lr (m / c1) / (sqrt(v / c2) + eps)</c>, with g = clip * gradient,
/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, c = 1 - b^step.
/// </summary>
/// <remarks>
/// The arithmetic is double precision in registers (loads and stores are fp32): with lr * wd up to .2 a step the decay
/// and the update cancel, and only so does a step stay within 2 ulp of fp64. The pass is bound by memory all the same.
/// </remarks>
public abstract class AdamW
{
    public static AdamW Create(Device device, Rung? rung = null) =>
        Ladder.Create<AdamW>(
            nameof(AdamW),
            device,
            rung,
            (Rung.Naive, device => new AdamWNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, AdamW>>(
                device => new AdamWCpu<Doubles512>(device),
                device => new AdamWCpu<Doubles256>(device),
                device => new AdamWCpu<Doubles128>(device))),
            (Rung.Gpu, device => new AdamWGpu(device)));

    /// <summary>One step over all parameters.</summary>
    /// <param name="parameters">Updated.</param>
    /// <param name="gradients">As long as <paramref name="parameters"/>.</param>
    /// <param name="firstMoment">As long; updated.</param>
    /// <param name="secondMoment">As long; updated.</param>
    /// <param name="decayed">The first so many parameters are decayed, the rest (norms, input embedding) are not.</param>
    /// <param name="norm">1 x 2, from <see cref="GradientNorm"/>: gradients are multiplied by element 1.</param>
    /// <param name="step">What to multiply with.</param>
    /// <param name="rounded">As long: the updated parameters rounded to bf16, for the products of the next step. Empty: not wanted.</param>
    public void Step(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        in Tensor<float> norm,
        AdamWStep step,
        ArrayView<BFloat16> rounded = default)
    {
        long length = parameters.Length;
        if (gradients.Length != length || firstMoment.Length != length || secondMoment.Length != length)
            throw new ArgumentException($"AdamW's slabs differ in length: {length}, {gradients.Length}, {firstMoment.Length}, {secondMoment.Length}.");
        if (rounded.Length != 0 && rounded.Length != length)
            throw new ArgumentException($"AdamW rounds {length} parameters; there is room for {rounded.Length}.", nameof(rounded));
        ArgumentOutOfRangeException.ThrowIfNegative(decayed);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decayed, length);
        ArgumentOutOfRangeException.ThrowIfLessThan(step.Step, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step.Epsilon);
        Shape.Require(norm, 1, 2);
        Launch(parameters, gradients, firstMoment, secondMoment, decayed, norm, step, rounded);
    }

    private protected abstract void Launch(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        in Tensor<float> norm,
        AdamWStep step,
        ArrayView<BFloat16> rounded);
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="DistillationCrossEntropy{T}"/>.</summary>
public static class DistillationCrossEntropy
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static DistillationCrossEntropy<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (DistillationCrossEntropy<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<DistillationCrossEntropy<BFloat16>>(
                nameof(DistillationCrossEntropy),
                device,
                rung,
                (Rung.Naive, device => new DistillationCrossEntropyNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new DistillationCrossEntropyGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<DistillationCrossEntropy<float>>(
                nameof(DistillationCrossEntropy),
                device,
                rung,
                (Rung.Naive, device => new DistillationCrossEntropyNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, DistillationCrossEntropy<float>>>(
                    device => new DistillationCrossEntropyCpu<Floats512>(device),
                    device => new DistillationCrossEntropyCpu<Floats256>(device),
                    device => new DistillationCrossEntropyCpu<Floats128>(device))),
                (Rung.Gpu, device => new DistillationCrossEntropyGpu<float, Fp32Storage>(device))));
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="CrossEntropy{T}"/>.</summary>
public static class CrossEntropy
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static CrossEntropy<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (CrossEntropy<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<CrossEntropy<BFloat16>>(
                nameof(CrossEntropy),
                device,
                rung,
                (Rung.Naive, device => new CrossEntropyNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new CrossEntropyGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<CrossEntropy<float>>(
                nameof(CrossEntropy),
                device,
                rung,
                (Rung.Naive, device => new CrossEntropyNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, CrossEntropy<float>>>(
                    device => new CrossEntropyCpu<Floats512>(device),
                    device => new CrossEntropyCpu<Floats256>(device),
                    device => new CrossEntropyCpu<Floats128>(device))),
                (Rung.Gpu, device => new CrossEntropyGpu<float, Fp32Storage>(device))));
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="SwiGlu{T}"/>.</summary>
public static class SwiGlu
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static SwiGlu<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (SwiGlu<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<SwiGlu<BFloat16>>(
                nameof(SwiGlu),
                device,
                rung,
                (Rung.Naive, device => new SwiGluNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new SwiGluGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<SwiGlu<float>>(
                nameof(SwiGlu),
                device,
                rung,
                (Rung.Naive, device => new SwiGluNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, SwiGlu<float>>>(
                    device => new SwiGluCpu<Floats512>(device),
                    device => new SwiGluCpu<Floats256>(device),
                    device => new SwiGluCpu<Floats128>(device))),
                (Rung.Gpu, device => new SwiGluGpu<float, Fp32Storage>(device))));
}

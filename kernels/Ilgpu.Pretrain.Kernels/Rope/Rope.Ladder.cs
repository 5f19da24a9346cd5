namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="Rope{T}"/>.</summary>
public static class Rope
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static Rope<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (Rope<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<Rope<BFloat16>>(
                nameof(Rope),
                device,
                rung,
                (Rung.Naive, device => new RopeNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new RopeGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<Rope<float>>(
                nameof(Rope),
                device,
                rung,
                (Rung.Naive, device => new RopeNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, Rope<float>>>(
                    device => new RopeCpu<Floats512>(device),
                    device => new RopeCpu<Floats256>(device),
                    device => new RopeCpu<Floats128>(device))),
                (Rung.Gpu, device => new RopeGpu<float, Fp32Storage>(device))));
}

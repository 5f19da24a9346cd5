namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="Dropout{T}"/>.</summary>
public static class Dropout
{
    /// <summary>Counters in a row that give a word each before their second words follow.</summary>
    internal const int CountersPerRun = 16;

    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static Dropout<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (Dropout<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<Dropout<BFloat16>>(
                nameof(Dropout),
                device,
                rung,
                (Rung.Naive, device => new DropoutNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new DropoutGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<Dropout<float>>(
                nameof(Dropout),
                device,
                rung,
                (Rung.Naive, device => new DropoutNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, Dropout<float>>>(
                    device => new DropoutCpu<Floats512>(device),
                    device => new DropoutCpu<Floats256>(device),
                    device => new DropoutCpu<Floats128>(device))),
                (Rung.Gpu, device => new DropoutGpu<float, Fp32Storage>(device))));
}

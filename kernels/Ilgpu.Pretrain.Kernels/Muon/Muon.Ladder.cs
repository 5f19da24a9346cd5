namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="Muon{T}"/>.</summary>
public static class Muon
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static Muon<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (Muon<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<Muon<BFloat16>>(
                nameof(Muon),
                device,
                rung,
                (Rung.Naive, device => new MuonNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new MuonGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<Muon<float>>(
                nameof(Muon),
                device,
                rung,
                (Rung.Naive, device => new MuonNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, Muon<float>>>(
                    device => new MuonCpu<Floats512, Doubles512>(device),
                    device => new MuonCpu<Floats256, Doubles256>(device),
                    device => new MuonCpu<Floats128, Doubles128>(device))),
                (Rung.Gpu, device => new MuonGpu<float, Fp32Storage>(device))));
}

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
        (SwiGlu<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static SwiGlu<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new SwiGluNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new SwiGluCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new SwiGluGpu<float, Fp32Storage>(device),
            var other => throw new RungUnavailableException(nameof(SwiGlu), other, device),
        };

    private static SwiGlu<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Gpu)) switch
        {
            Rung.Naive => new SwiGluNaive<BFloat16, BFloat16Storage>(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new SwiGluGpu<BFloat16, BFloat16Storage>(device),
            var other => throw new RungUnavailableException(nameof(SwiGlu), other, device),
        };
}

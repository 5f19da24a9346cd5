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
        (Rope<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static Rope<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new RopeNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new RopeCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new RopeGpu<float, Fp32Storage>(device),
            var other => throw new RungUnavailableException(nameof(Rope), other, device),
        };

    private static Rope<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Gpu)) switch
        {
            Rung.Naive => new RopeNaive<BFloat16, BFloat16Storage>(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new RopeGpu<BFloat16, BFloat16Storage>(device),
            var other => throw new RungUnavailableException(nameof(Rope), other, device),
        };
}

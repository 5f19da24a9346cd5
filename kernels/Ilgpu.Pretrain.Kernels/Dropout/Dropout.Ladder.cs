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
        (Dropout<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static Dropout<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new DropoutNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new DropoutCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new DropoutGpu<float, Fp32Storage>(device),
            var other => throw new RungUnavailableException(nameof(Dropout), other, device),
        };

    private static Dropout<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Gpu)) switch
        {
            Rung.Naive => new DropoutNaive<BFloat16, BFloat16Storage>(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new DropoutGpu<BFloat16, BFloat16Storage>(device),
            var other => throw new RungUnavailableException(nameof(Dropout), other, device),
        };
}

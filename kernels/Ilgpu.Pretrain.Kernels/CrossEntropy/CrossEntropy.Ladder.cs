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
        (CrossEntropy<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static CrossEntropy<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new CrossEntropyNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new CrossEntropyCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new CrossEntropyGpu<float, Fp32Storage>(device),
            var other => throw new RungUnavailableException(nameof(CrossEntropy), other, device),
        };

    private static CrossEntropy<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Gpu)) switch
        {
            Rung.Naive => new CrossEntropyNaive<BFloat16, BFloat16Storage>(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new CrossEntropyGpu<BFloat16, BFloat16Storage>(device),
            var other => throw new RungUnavailableException(nameof(CrossEntropy), other, device),
        };
}

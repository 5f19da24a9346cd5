namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="RmsNorm{T}"/>.</summary>
public static class RmsNorm
{
    /// <summary>
    /// Rows whose contributions to the gain's gradient are summed together before the sums are added up: fixed, so that
    /// the result does not depend on the number of threads.
    /// </summary>
    public const int GainBlockRows = 32;

    /// <summary>Elements of scratch memory that <see cref="RmsNorm{T}.Backward"/> needs.</summary>
    public static long BackwardScratch(int rows, int columns) =>
        (long)((rows + GainBlockRows - 1) / GainBlockRows) * columns;

    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static RmsNorm<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (RmsNorm<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static RmsNorm<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new RmsNormNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new RmsNormCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new RmsNormGpu<float, Fp32Storage>(device),
            var other => throw new RungUnavailableException(nameof(RmsNorm), other, device),
        };

    private static RmsNorm<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Gpu)) switch
        {
            Rung.Naive => new RmsNormNaive<BFloat16, BFloat16Storage>(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new RmsNormGpu<BFloat16, BFloat16Storage>(device),
            var other => throw new RungUnavailableException(nameof(RmsNorm), other, device),
        };
}

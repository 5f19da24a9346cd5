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
        (RmsNorm<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<RmsNorm<BFloat16>>(
                nameof(RmsNorm),
                device,
                rung,
                (Rung.Naive, device => new RmsNormNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new RmsNormGpu<BFloat16, BFloat16Storage>(device)))
            : Ladder.Create<RmsNorm<float>>(
                nameof(RmsNorm),
                device,
                rung,
                (Rung.Naive, device => new RmsNormNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, RmsNorm<float>>>(
                    device => new RmsNormCpu<Floats512>(device),
                    device => new RmsNormCpu<Floats256>(device),
                    device => new RmsNormCpu<Floats128>(device))),
                (Rung.Gpu, device => new RmsNormGpu<float, Fp32Storage>(device))));
}

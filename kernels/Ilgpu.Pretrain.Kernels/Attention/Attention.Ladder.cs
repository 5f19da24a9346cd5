namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="Attention{T}"/>.</summary>
public static class Attention
{
    /// <summary>Elements of scratch memory that <see cref="Attention{T}.Backward"/> needs: one a token and query head.</summary>
    public static long BackwardScratch(AttentionShape shape) => (long)shape.Tokens * shape.Heads;

    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static Attention<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (Attention<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static Attention<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new AttentionNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new AttentionCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new AttentionGpu<float, Fp32Storage>(device),
            var other => throw new RungUnavailableException(nameof(Attention), other, device),
        };

    private static Attention<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Gpu, Rung.TensorCore)) switch
        {
            Rung.Naive => new AttentionNaive<BFloat16, BFloat16Storage>(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new AttentionGpu<BFloat16, BFloat16Storage>(device),
            Rung.TensorCore when device.Runs(Rung.TensorCore) => new AttentionByHeadSize(device),
            var other => throw new RungUnavailableException(nameof(Attention), other, device),
        };
}

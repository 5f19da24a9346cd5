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
        (Attention<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<Attention<BFloat16>>(
                nameof(Attention),
                device,
                rung,
                (Rung.Naive, device => new AttentionNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.Gpu, device => new AttentionGpu<BFloat16, BFloat16Storage>(device)),
                (Rung.TensorCore, device => new AttentionByHeadSize(device)))
            : Ladder.Create<Attention<float>>(
                nameof(Attention),
                device,
                rung,
                (Rung.Naive, device => new AttentionNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, Widest.Of<Func<Device, Attention<float>>>(
                    device => new AttentionCpu<Floats512>(device),
                    device => new AttentionCpu<Floats256>(device),
                    device => new AttentionCpu<Floats128>(device))),
                (Rung.Gpu, device => new AttentionGpu<float, Fp32Storage>(device))));
}

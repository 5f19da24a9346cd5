namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="Matmul{T}"/>.</summary>
public static class Matmul
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static Matmul<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (Matmul<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<Matmul<BFloat16>>(
                nameof(Matmul),
                device,
                rung,
                (Rung.Naive, device => new MatmulNaive<BFloat16, BFloat16Storage>(device)),
                (Rung.TensorCore, device => new MatmulTensorCore(device)))
            : Ladder.Create<Matmul<float>>(
                nameof(Matmul),
                device,
                rung,
                (Rung.Naive, device => new MatmulNaive<float, Fp32Storage>(device)),
                (Rung.Cpu, device => new MatmulCpu(device)),
                (Rung.Gpu, device => new MatmulGpu(device))));
}

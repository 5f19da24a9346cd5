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
        (Matmul<T>)(object)(typeof(T) == typeof(BFloat16) ? InBFloat16(device, rung) : InSingle(device, rung));

    private static Matmul<float> InSingle(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.Cpu, Rung.Gpu)) switch
        {
            Rung.Naive => new MatmulNaive<float, Fp32Storage>(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new MatmulCpu(device),
            Rung.Gpu when device.Runs(Rung.Gpu) => new MatmulGpu(device),
            var other => throw new RungUnavailableException(nameof(Matmul), other, device),
        };

    private static Matmul<BFloat16> InBFloat16(Device device, Rung? rung) =>
        (rung ?? device.Best(Rung.TensorCore)) switch
        {
            Rung.Naive => new MatmulNaive<BFloat16, BFloat16Storage>(device),
            Rung.TensorCore when device.Runs(Rung.TensorCore) => new MatmulTensorCore(device),
            var other => throw new RungUnavailableException(nameof(Matmul), other, device),
        };
}

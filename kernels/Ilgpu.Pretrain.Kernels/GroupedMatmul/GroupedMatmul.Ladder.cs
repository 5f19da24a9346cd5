namespace Ilgpu.Pretrain.Kernels;

/// <summary>Creates <see cref="GroupedMatmul{T}"/>.</summary>
public static class GroupedMatmul
{
    /// <typeparam name="T">float, or <see cref="BFloat16"/>.</typeparam>
    /// <param name="device">Where it is to run.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static GroupedMatmul<T> Create<T>(Device device, Rung? rung = null)
        where T : unmanaged =>
        (GroupedMatmul<T>)(typeof(T) == typeof(BFloat16)
            ? (object)Ladder.Create<GroupedMatmul<BFloat16>>(
                nameof(GroupedMatmul),
                device,
                rung,
                (Rung.Naive, device => new GroupedMatmulOneByOne<BFloat16>(Matmul.Create<BFloat16>(device, Rung.Naive))),
                (Rung.TensorCore, device => new GroupedMatmulOneByOne<BFloat16>(Matmul.Create<BFloat16>(device, Rung.TensorCore))))
            : Ladder.Create<GroupedMatmul<float>>(
                nameof(GroupedMatmul),
                device,
                rung,
                (Rung.Naive, device => new GroupedMatmulOneByOne<float>(Matmul.Create<float>(device, Rung.Naive))),
                (Rung.Cpu, device => new GroupedMatmulCpu(device)),
                (Rung.Gpu, device => new GroupedMatmulOneByOne<float>(Matmul.Create<float>(device, Rung.Gpu)))));
}

using System.Reflection;
using ILGPU;

namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class MemoryOrderTests
{
    /// <summary>Fails once ILGPU mends it; <see cref="MemoryOrder"/> is needed until then.</summary>
    [Fact]
    public void A_load_that_ILGPU_moves_behind_a_barrier_is_seen()
    {
        MethodInfo method = typeof(MovedGpu).GetMethod(nameof(MovedGpu.ReadKernel), BindingFlags.Static | BindingFlags.Public)!;
        var kernel = new GpuKernel(nameof(MovedGpu), method);
        Assert.NotEqual(MemoryOrder.Of(MemoryOrder.AsWritten(kernel)), MemoryOrder.Of(kernel.Compile()));
    }

    private static class MovedGpu
    {
        /// <summary>The second barrier is there so that no thread writes what another has yet to read.</summary>
        public static void ReadKernel(ArrayView<float> numbers)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(64);
            shared[Group.IdxX] = numbers[Group.IdxX];
            Group.Barrier();
            float read = shared[63 - Group.IdxX];
            Group.Barrier();
            if (read > 0)
                shared[Group.IdxX] = 0;
            Group.Barrier();
            numbers[Group.IdxX] = shared[Group.IdxX ^ 1];
        }
    }
}

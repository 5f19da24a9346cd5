using System.Numerics;

namespace ILGPU.Runtime.CPU;

/// <summary>The shape of a CPU accelerator.</summary>
public sealed class CPUDevice
{
    /// <param name="numThreadsPerWarp">Threads a warp, two at least.</param>
    /// <param name="numWarpsPerMultiprocessor">Warps a multiprocessor, a power of two.</param>
    /// <param name="numMultiprocessors">Groups of one thread that run side by side; larger groups run one after the other.</param>
    public CPUDevice(int numThreadsPerWarp, int numWarpsPerMultiprocessor, int numMultiprocessors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numThreadsPerWarp, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(numMultiprocessors, 1);
        if (!BitOperations.IsPow2(numWarpsPerMultiprocessor))
            throw new ArgumentOutOfRangeException(nameof(numWarpsPerMultiprocessor), numWarpsPerMultiprocessor, "It has to be a power of two.");
        NumMultiprocessors = numMultiprocessors;
        MostThreadsPerGroup = numThreadsPerWarp * numWarpsPerMultiprocessor;
    }

    internal int MostThreadsPerGroup { get; }

    internal int NumMultiprocessors { get; }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Ties each worker thread of ILGPU's CPU accelerator to a processor of its own where there are as many of both, on Linux. Its
/// scheduler wakes the workers of a short launch on one processor, where they run one after the other while another idles.
/// </summary>
internal static unsafe partial class WorkerPlacement
{
    /// <summary>8192 processors; a system of more refuses to say which are ours, and nothing is tied.</summary>
    private const int MaskWords = 128;

    /// <param name="accelerator">Its first launch: it has a worker a multiprocessor.</param>
    /// <param name="workers">How many.</param>
    public static void Spread(Accelerator accelerator, int workers)
    {
        if (!OperatingSystem.IsLinux() || workers == 1)
            return;
        Action<KernelConfig, int> place = accelerator.LoadStreamKernel<int>(PlaceKernel);
        place(new KernelConfig(workers, 1), workers);
        accelerator.Synchronize();
    }

    private static void PlaceKernel(int workers) => Place(Grid.IdxX, workers);

    /// <summary>On the worker itself; whatever the system refuses stays as it is.</summary>
    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Place(int worker, int workers)
    {
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        if (GetAffinity(0, MaskWords * sizeof(ulong), mask) < 0)
            return;
        int processors = 0;
        int own = -1;
        for (int word = 0; word < MaskWords; word++)
        {
            for (ulong left = mask[word]; left != 0; left &= left - 1)
            {
                if (processors++ == worker)
                    own = (word * 64) + BitOperations.TrailingZeroCount(left);
            }
        }

        if (processors != workers)
            return;
        new Span<ulong>(mask, MaskWords).Clear();
        mask[own / 64] = 1ul << (own % 64);
        _ = SetAffinity(0, MaskWords * sizeof(ulong), mask);
    }

    /// <param name="thread">0: the calling one.</param>
    /// <param name="bytes">Of the mask.</param>
    /// <param name="mask">A bit a processor.</param>
    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, ulong* mask);
}

using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>A kernel that runs once for each index, in ranges of indices.</summary>
internal sealed class IndexedKernel<TIndex>
    where TIndex : struct, IIndex
{
    /// <summary>Ranges a thread: a few, so that a thread that is held up does not hold up the launch.</summary>
    private const int RangesPerThread = 4;

    private readonly Accelerator accelerator;
    private readonly Action<int> runRange;
    private int extent;
    private int perRange;

    /// <param name="accelerator">Where it runs.</param>
    /// <param name="range">Runs the kernel from a first index to before a last.</param>
    public IndexedKernel(Accelerator accelerator, Action<int, int> range)
    {
        if (typeof(TIndex) != typeof(Index1D))
            throw new NotSupportedException($"The stand-in's kernels are indexed by {nameof(Index1D)}; this one is by {typeof(TIndex).Name}.");
        this.accelerator = accelerator;
        runRange = part => range(part * perRange, (int)Math.Min(extent, ((long)part + 1) * perRange));
    }

    public static TIndex At(int index) => Unsafe.BitCast<Index1D, TIndex>(index);

    public void Launch(TIndex extent)
    {
        this.extent = Unsafe.BitCast<TIndex, Index1D>(extent);
        ArgumentOutOfRangeException.ThrowIfLessThan(this.extent, 1, nameof(extent));
        int ranges = Math.Min(this.extent, accelerator.Workers.Threads * RangesPerThread);
        perRange = (int)(((long)this.extent + ranges - 1) / ranges);
        accelerator.Workers.Run(runRange, (int)(((long)this.extent + perRange - 1) / perRange));
    }
}

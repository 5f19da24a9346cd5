namespace ILGPU.Runtime;

/// <summary>What kernels run on and buffers lie on.</summary>
/// <remarks>
/// Launches are synchronous: one returns when its last group is done. An exception that leaves a kernel skips the groups
/// that have not begun and is thrown again by the launch; of several, one. (ILGPU's own CPU accelerator ends the process
/// there.) A kernel must not launch another on its own accelerator.
/// </remarks>
public abstract class Accelerator : IDisposable
{
    private readonly HashSet<MemoryBuffer> buffers = [];

    private readonly Dictionary<int, GroupThreads> groupsBySize = [];
    private readonly int mostThreadsPerGroup;

    private protected Accelerator(int multiprocessors, int mostThreadsPerGroup)
    {
        Workers = new WorkerPool(multiprocessors);
        this.mostThreadsPerGroup = mostThreadsPerGroup;
    }

    internal WorkerPool Workers { get; }

    /// <summary>Allocates memory for <paramref name="length"/> elements; its contents are undefined.</summary>
    public MemoryBuffer AllocateRaw(long length, int elementSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfLessThan(elementSize, 1);
        var buffer = new CPU.CPUMemoryBuffer(this, length, elementSize);
        lock (buffers)
            buffers.Add(buffer);
        return buffer;
    }

    /// <summary>Returns when everything launched so far has finished, which it has.</summary>
    public void Synchronize()
    {
    }

    /// <summary>Ends the worker threads and frees the buffers that are left.</summary>
    public void Dispose()
    {
        Workers.Dispose();
        foreach (GroupThreads group in groupsBySize.Values)
            group.Dispose();
        MemoryBuffer[] left;
        lock (buffers)
            left = [.. buffers];
        foreach (MemoryBuffer buffer in left)
            buffer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The threads that run groups of a size.</summary>
    internal GroupThreads GroupOf(int size)
    {
        if (size > mostThreadsPerGroup)
            throw new NotSupportedException($"This accelerator's groups have {mostThreadsPerGroup} threads at most; this launch asks for {size}.");
        if (!groupsBySize.TryGetValue(size, out GroupThreads? group))
            groupsBySize[size] = group = new GroupThreads(size);
        return group;
    }

    internal void Forget(MemoryBuffer buffer)
    {
        lock (buffers)
            buffers.Remove(buffer);
    }
}

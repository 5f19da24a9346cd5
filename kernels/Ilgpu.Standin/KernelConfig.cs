namespace ILGPU;

/// <summary>The dimensions of a launch of an explicitly grouped kernel.</summary>
public readonly struct KernelConfig
{
    /// <param name="gridDim">Groups, at least one.</param>
    /// <param name="groupDim">Threads a group.</param>
    public KernelConfig(Index1D gridDim, Index1D groupDim)
    {
        Groups = gridDim.X;
        ThreadsPerGroup = groupDim.X;
    }

    internal int Groups { get; }

    internal int ThreadsPerGroup { get; }
}

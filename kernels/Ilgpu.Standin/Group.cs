using ILGPU.Runtime;

namespace ILGPU;

/// <summary>Where in its group the calling kernel thread is.</summary>
public static class Group
{
    [ThreadStatic]
    private static GroupThreads? threads;

    [ThreadStatic]
    private static int idxX;

    /// <summary>The index of the calling thread in its group.</summary>
    public static int IdxX => idxX;

    /// <summary>The number of threads of the group.</summary>
    public static int DimX => threads?.Size ?? 1;

    /// <summary>Returns when all threads of the group have come here.</summary>
    public static void Barrier() => threads?.Barrier();

    internal static GroupThreads? Threads => threads;

    internal static void Enter(GroupThreads? group, int thread) => (threads, idxX) = (group, thread);
}

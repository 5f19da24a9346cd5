namespace ILGPU;

/// <summary>Where in the launch's grid the calling kernel thread is.</summary>
public static class Grid
{
    [ThreadStatic]
    private static int idxX;

    [ThreadStatic]
    private static int dimX;

    /// <summary>The index of the calling thread's group.</summary>
    public static int IdxX => idxX;

    /// <summary>The number of groups.</summary>
    public static int DimX => dimX;

    internal static void Enter(int group, int groups) => (idxX, dimX) = (group, groups);
}

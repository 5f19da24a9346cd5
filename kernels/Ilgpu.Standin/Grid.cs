namespace ILGPU;

/// <summary>Where in the launch's grid the calling kernel thread is.</summary>
public static class Grid
{
    [ThreadStatic]
    private static int idxX;

    /// <summary>The index of the calling thread's group.</summary>
    public static int IdxX => idxX;

    internal static void Enter(int group) => idxX = group;
}

namespace ILGPU;

/// <summary>Where in its warp the calling kernel thread is.</summary>
public static class Warp
{
    /// <summary>Lanes a warp.</summary>
    public static int WarpSize => 32;

    /// <summary>The index of the calling thread in its warp.</summary>
    public static int LaneIdx => Group.IdxX % WarpSize;

    /// <summary>The index of the calling thread's warp in its group.</summary>
    public static int WarpIdx => Group.IdxX / WarpSize;
}

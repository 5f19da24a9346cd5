using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Lets the tile of a launch that ends last do what would be a second launch: add up what all tiles left.</summary>
internal static unsafe class LastTile
{
    /// <summary>Whether all other tiles have ended; what they wrote is visible then, and the count is 0 for the next launch.</summary>
    /// <param name="ended">One element, 0 before the launch.</param>
    /// <param name="tiles">Of the launch; each calls this once, at its end.</param>
    public static bool IsThis(ArrayView<int> ended, int tiles)
    {
        ref int count = ref *ended.Pointer();
        if (Interlocked.Increment(ref count) < tiles)
            return false;
        Volatile.Write(ref count, 0);
        return true;
    }
}

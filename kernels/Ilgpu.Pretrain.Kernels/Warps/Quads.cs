using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What the host decides for kernels that take four elements a thread.</summary>
internal static class Quads
{
    /// <summary>Whether every row starts at a multiple of four elements in memory: then four of them are one load.</summary>
    public static bool Fit<T>(in Tensor<T> tensor)
        where T : unmanaged =>
        tensor.Columns % 4 == 0 && StartFits(tensor.View);

    /// <summary>Whether a vector starts at a multiple of four elements in memory; its length may be any.</summary>
    public static bool StartFits<T>(ArrayView<T> view)
        where T : unmanaged =>
        view.Length == 0 || view.LoadEffectiveAddressAsPtr() % (4 * Unsafe.SizeOf<T>()) == 0;

    /// <summary>A launch with one thread an item, of threads that have nothing to do with each other.</summary>
    public static KernelConfig Launch(long items)
    {
        int threads = Threads(items);
        return new KernelConfig(Tiling.Count(items, threads), threads);
    }

    /// <summary>Threads of a group for so many items, decided by their number alone: whole warps.</summary>
    public static int Threads(long items) =>
        (int)Math.Clamp((items + WarpPad.Lanes - 1) / WarpPad.Lanes * WarpPad.Lanes, WarpPad.Lanes, RowQuads.MostThreads);

    /// <summary>Fours that a row is cut into, the last one perhaps not whole.</summary>
    public static int PerRow(int columns) => (columns + 3) / 4;
}

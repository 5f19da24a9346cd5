using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How a group goes through a row: tile by tile, four elements a thread. Where each row starts at a multiple of four
/// elements (<see cref="Quads.Fit{T}"/>) they lie side by side and are one load; otherwise they lie a group apart, so that a
/// warp's loads still touch neighbouring elements.
/// </summary>
internal static class RowQuads
{
    /// <summary>Threads a group at most; simulated groups have no more.</summary>
    public const int MostThreads = 256;

    /// <summary>Threads for rows of a length: whole warps, as many as have elements of the first tile.</summary>
    public static int Threads(int columns) => Quads.Threads(Quads.PerRow(columns));

    /// <summary>Elements a tile of the calling group.</summary>
    public static int Tile => 4 * Group.DimX;

    /// <summary>The calling thread's four elements of a tile.</summary>
    /// <param name="view">All rows.</param>
    /// <param name="start">The row's first element.</param>
    /// <param name="tile">The tile's first column.</param>
    /// <param name="columns">The row's length.</param>
    /// <param name="wide">Whether rows start at multiples of four elements.</param>
    /// <param name="absent">What stands for columns past the row's end.</param>
    public static Float4 Load<T, TStorage>(ArrayView<T> view, long start, int tile, int columns, bool wide, float absent)
        where T : unmanaged
        where TStorage : struct, IStorage<T>
    {
        if (wide)
        {
            int first = tile + (4 * Group.IdxX);
            return first < columns
                ? TStorage.Load4(view, (start + first) >> 2)
                : new Float4 { X = absent, Y = absent, Z = absent, W = absent };
        }

        int column = tile + Group.IdxX;
        int apart = Group.DimX;
        return new Float4
        {
            X = Element<T, TStorage>(view, start, column, columns, absent),
            Y = Element<T, TStorage>(view, start, column + apart, columns, absent),
            Z = Element<T, TStorage>(view, start, column + (2 * apart), columns, absent),
            W = Element<T, TStorage>(view, start, column + (3 * apart), columns, absent),
        };
    }

    /// <summary>Writes what <see cref="Load"/> reads; what is past the row's end is left out.</summary>
    public static void Store<T, TStorage>(ArrayView<T> view, long start, int tile, int columns, bool wide, Float4 values)
        where T : unmanaged
        where TStorage : struct, IStorage<T>
    {
        if (wide)
        {
            int first = tile + (4 * Group.IdxX);
            if (first < columns)
                TStorage.Store4(view, (start + first) >> 2, values);
            return;
        }

        int column = tile + Group.IdxX;
        int apart = Group.DimX;
        if (column < columns)
            view[start + column] = TStorage.FromSingle(values.X);
        if (column + apart < columns)
            view[start + column + apart] = TStorage.FromSingle(values.Y);
        if (column + (2 * apart) < columns)
            view[start + column + (2 * apart)] = TStorage.FromSingle(values.Z);
        if (column + (3 * apart) < columns)
            view[start + column + (3 * apart)] = TStorage.FromSingle(values.W);
    }

    private static float Element<T, TStorage>(ArrayView<T> view, long start, int column, int columns, float absent)
        where T : unmanaged
        where TStorage : struct, IStorage<T> =>
        column < columns ? TStorage.ToSingle(view[start + column]) : absent;
}

using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// What a warp does with rows of up to 128 features in fp32 in shared memory, four features to a quad: it owns four rows,
/// which all lanes read alike, and works through tiles of 32 rows, a row a lane or four features a lane.
/// </summary>
internal static class RowTiles<T, TStorage>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    public const int Threads = 128;

    /// <summary>Rows that a warp owns.</summary>
    public const int WarpRows = 4;

    /// <summary>Rows that a group owns.</summary>
    public const int GroupRows = Threads / Lanes * WarpRows;

    /// <summary>Rows of a tile: one a lane.</summary>
    public const int Lanes = 32;

    /// <summary>Features of a row at most: four a lane.</summary>
    public const int MostFeatures = 4 * Lanes;

    /// <summary>Quads from one owned row to the next.</summary>
    public const int OwnedStride = Lanes;

    /// <summary>Quads from one row of a tile to the next: an odd number, so that eight lanes read one column from all banks.</summary>
    public const int TileStride = Lanes + 1;

    /// <summary>Quads of a tile.</summary>
    public const int TileQuads = Lanes * TileStride;

    /// <summary>
    /// Loads rows by all threads of the group; those from <paramref name="count"/> on, and features past the last, are zero.
    /// </summary>
    /// <param name="shared">Where to.</param>
    /// <param name="target">The first row's first quad.</param>
    /// <param name="targetStride">Quads from one row to the next.</param>
    /// <param name="source">Where from.</param>
    /// <param name="first">The first row's first element.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="rows">Rows to fill.</param>
    /// <param name="count">How many of them there are.</param>
    /// <param name="layout">The rows' features.</param>
    public static void Load(ArrayView<Float4> shared, int target, int targetStride, ArrayView<T> source, long first, int stride, int rows, int count, RowLayout layout)
    {
        int quad = Group.IdxX & (Lanes - 1);
        if (quad >= layout.Quads)
            return;
        for (int row = Group.IdxX >> 5; row < rows; row += Threads / Lanes)
        {
            Float4 values = default;
            if (row < count)
                values = Load(source, first + ((long)row * stride) + (4 * quad), layout.Features - (4 * quad), layout);
            shared[target + (row * targetStride) + quad] = values;
        }
    }

    /// <summary>The products of the calling lane's row of a tile with the warp's four.</summary>
    public static Float4 Multiply(ArrayView<Float4> shared, int tileRow, int owned, RowLayout layout)
    {
        Float4 sums = default;
        for (int quad = 0; quad < layout.Quads; quad++)
        {
            Float4 row = shared[tileRow + quad];
            sums.X = AddDot(sums.X, row, shared[owned + quad]);
            sums.Y = AddDot(sums.Y, row, shared[owned + OwnedStride + quad]);
            sums.Z = AddDot(sums.Z, row, shared[owned + (2 * OwnedStride) + quad]);
            sums.W = AddDot(sums.W, row, shared[owned + (3 * OwnedStride) + quad]);
        }

        return sums;
    }

    /// <summary>Adds to the warp's four rows: weights, a quad a row of the tile, times the tile's rows; the calling lane's four features.</summary>
    public static RowSums Add(RowSums sums, ArrayView<Float4> shared, int weights, int tile, RowLayout layout)
    {
        int quad = Group.IdxX & (Lanes - 1);
        if (quad >= layout.Quads)
            return sums;
        for (int row = 0; row < Lanes; row++)
        {
            Float4 weight = shared[weights + row];
            Float4 values = shared[tile + (row * TileStride) + quad];
            sums.R0 = AddScaled(sums.R0, weight.X, values);
            sums.R1 = AddScaled(sums.R1, weight.Y, values);
            sums.R2 = AddScaled(sums.R2, weight.Z, values);
            sums.R3 = AddScaled(sums.R3, weight.W, values);
        }

        return sums;
    }

    /// <summary>Multiplies each row by a factor of its own.</summary>
    public static RowSums Scale(RowSums sums, Float4 factors) => new()
    {
        R0 = Scale(sums.R0, factors.X),
        R1 = Scale(sums.R1, factors.Y),
        R2 = Scale(sums.R2, factors.Z),
        R3 = Scale(sums.R3, factors.W),
    };

    /// <summary>Writes the first <paramref name="count"/> of the warp's four rows; arguments as in <see cref="Load(ArrayView{Float4}, int, int, ArrayView{T}, long, int, int, int, RowLayout)"/>.</summary>
    public static void Store(ArrayView<T> target, long first, int stride, RowSums sums, int count, RowLayout layout)
    {
        int quad = Group.IdxX & (Lanes - 1);
        if (quad >= layout.Quads)
            return;
        long start = first + (4 * quad);
        int features = layout.Features - (4 * quad);
        if (count > 0)
            Store(target, start, sums.R0, features, layout);
        if (count > 1)
            Store(target, start + stride, sums.R1, features, layout);
        if (count > 2)
            Store(target, start + (2L * stride), sums.R2, features, layout);
        if (count > 3)
            Store(target, start + (3L * stride), sums.R3, features, layout);
    }

    private static Float4 Load(ArrayView<T> source, long start, int features, RowLayout layout)
    {
        if (layout.Vectors != 0)
            return TStorage.Load4(source, start / 4);
        Float4 values = default;
        values.X = TStorage.ToSingle(source[start]);
        if (features > 1)
            values.Y = TStorage.ToSingle(source[start + 1]);
        if (features > 2)
            values.Z = TStorage.ToSingle(source[start + 2]);
        if (features > 3)
            values.W = TStorage.ToSingle(source[start + 3]);
        return values;
    }

    private static void Store(ArrayView<T> target, long start, Float4 values, int features, RowLayout layout)
    {
        if (layout.Vectors != 0)
        {
            TStorage.Store4(target, start / 4, values);
            return;
        }

        target[start] = TStorage.FromSingle(values.X);
        if (features > 1)
            target[start + 1] = TStorage.FromSingle(values.Y);
        if (features > 2)
            target[start + 2] = TStorage.FromSingle(values.Z);
        if (features > 3)
            target[start + 3] = TStorage.FromSingle(values.W);
    }

    private static float AddDot(float sum, Float4 a, Float4 b)
    {
        sum += a.X * b.X;
        sum += a.Y * b.Y;
        sum += a.Z * b.Z;
        sum += a.W * b.W;
        return sum;
    }

    private static Float4 AddScaled(Float4 sums, float factor, Float4 values) => new()
    {
        X = sums.X + (factor * values.X),
        Y = sums.Y + (factor * values.Y),
        Z = sums.Z + (factor * values.Z),
        W = sums.W + (factor * values.W),
    };

    private static Float4 Scale(Float4 values, float factor) => new()
    {
        X = values.X * factor,
        Y = values.Y * factor,
        Z = values.Z * factor,
        W = values.W * factor,
    };
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The matrix products of attention over blocks of <see cref="Extent"/> tokens. A panel holds one row a feature or token
/// and one lane a token of the block, so that the softmax and its gradient work on whole vectors of tokens and no
/// reduction goes across lanes; the other operand is read from where it lies, one element at a time.
/// </summary>
internal static unsafe class AttentionBlock
{
    /// <summary>Tokens a block: the lanes of a panel's row.</summary>
    public const int Extent = 64;

    /// <summary>Tokens a vector.</summary>
    public const int Lanes = 16;

    private const int RowsAtOnce = 4;

    private interface IWidth
    {
        static abstract int Vectors { get; }
    }

    /// <summary>
    /// For each row r in [0, rows) and the lanes of <paramref name="vectors"/> vectors:
    /// result[r] (+)= sum over k in [0, depth) of left[r rowStride + k depthStride] panel[k], in the order of k.
    /// </summary>
    /// <param name="result">First of the lanes of row 0; rows are <see cref="Extent"/> apart.</param>
    /// <param name="left">Element (0, 0) of the operand that is read element by element.</param>
    /// <param name="rowStride">Elements between its rows.</param>
    /// <param name="depthStride">Elements between its columns.</param>
    /// <param name="panel">First of the lanes of row 0; rows are <see cref="Extent"/> apart.</param>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="depth">Terms a sum.</param>
    /// <param name="vectors">1 to 4.</param>
    /// <param name="accumulate">Whether the result is added to, or overwritten.</param>
    public static void Multiply(
        float* result,
        float* left,
        nint rowStride,
        nint depthStride,
        float* panel,
        int rows,
        int depth,
        int vectors,
        bool accumulate)
    {
        switch (vectors)
        {
            case 1:
                Multiply<One>(result, left, rowStride, depthStride, panel, rows, depth, accumulate);
                break;
            case 2:
                Multiply<Two>(result, left, rowStride, depthStride, panel, rows, depth, accumulate);
                break;
            case 3:
                Multiply<Three>(result, left, rowStride, depthStride, panel, rows, depth, accumulate);
                break;
            default:
                Multiply<Four>(result, left, rowStride, depthStride, panel, rows, depth, accumulate);
                break;
        }
    }

    /// <summary>panel[feature][token] = factor tokens[token][feature]; lanes from <paramref name="count"/> on become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* panel, float* tokens, nint stride, int count, int features, float factor)
    {
        if (count < Extent)
            new Span<float>(panel, features * Extent).Clear();
        for (int token = 0; token < count; token++, tokens += stride)
        {
            for (int feature = 0; feature < features; feature++)
                panel[(feature * Extent) + token] = factor * tokens[feature];
        }
    }

    /// <summary>tokens[token][feature] = factors[token] panel[feature][token].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(float* tokens, nint stride, float* panel, int count, int features, float* factors)
    {
        for (int token = 0; token < count; token++, tokens += stride)
        {
            float factor = factors[token];
            for (int feature = 0; feature < features; feature++)
                tokens[feature] = factor * panel[(feature * Extent) + token];
        }
    }

    /// <summary>Negative infinity in the lanes below <paramref name="lane"/>, zero in the others: added to scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HiddenBelow(int lane) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(lane)).AsSingle() & Vector512.Create(float.NegativeInfinity);

    /// <summary>Negative infinity in the lanes above <paramref name="lane"/>, zero in the others: added to scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HiddenAbove(int lane) =>
        Vector512.GreaterThan(Vector512<int>.Indices, Vector512.Create(lane)).AsSingle() & Vector512.Create(float.NegativeInfinity);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TWidth>(
        float* result,
        float* left,
        nint rowStride,
        nint depthStride,
        float* panel,
        int rows,
        int depth,
        bool accumulate)
        where TWidth : struct, IWidth
    {
        for (int row = 0; row < rows; row += RowsAtOnce)
        {
            int last = Math.Min(RowsAtOnce, rows - row) - 1;
            // Rows past the last one repeat it: they compute and store its values again.
            float* a0 = left + (row * rowStride);
            float* a1 = a0 + (Math.Min(1, last) * rowStride);
            float* a2 = a0 + (Math.Min(2, last) * rowStride);
            float* a3 = a0 + (Math.Min(3, last) * rowStride);
            Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default;
            Vector512<float> c10 = default, c11 = default, c12 = default, c13 = default;
            Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default;
            Vector512<float> c30 = default, c31 = default, c32 = default, c33 = default;
            float* c0 = result + (row * Extent);
            float* c1 = c0 + (Math.Min(1, last) * Extent);
            float* c2 = c0 + (Math.Min(2, last) * Extent);
            float* c3 = c0 + (Math.Min(3, last) * Extent);
            if (accumulate)
            {
                Load<TWidth>(c0, ref c00, ref c01, ref c02, ref c03);
                Load<TWidth>(c1, ref c10, ref c11, ref c12, ref c13);
                Load<TWidth>(c2, ref c20, ref c21, ref c22, ref c23);
                Load<TWidth>(c3, ref c30, ref c31, ref c32, ref c33);
            }

            float* b = panel;
            nint k = 0;
            for (int step = 0; step < depth; step++, b += Extent, k += depthStride)
            {
                Vector512<float> b0 = Vector512.Load(b);
                Vector512<float> b1 = TWidth.Vectors > 1 ? Vector512.Load(b + Lanes) : default;
                Vector512<float> b2 = TWidth.Vectors > 2 ? Vector512.Load(b + (2 * Lanes)) : default;
                Vector512<float> b3 = TWidth.Vectors > 3 ? Vector512.Load(b + (3 * Lanes)) : default;
                MultiplyAdd<TWidth>(a0[k], b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
                MultiplyAdd<TWidth>(a1[k], b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
                MultiplyAdd<TWidth>(a2[k], b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
                MultiplyAdd<TWidth>(a3[k], b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
            }

            Store<TWidth>(c0, c00, c01, c02, c03);
            Store<TWidth>(c1, c10, c11, c12, c13);
            Store<TWidth>(c2, c20, c21, c22, c23);
            Store<TWidth>(c3, c30, c31, c32, c33);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<TWidth>(
        float a,
        Vector512<float> b0,
        Vector512<float> b1,
        Vector512<float> b2,
        Vector512<float> b3,
        ref Vector512<float> c0,
        ref Vector512<float> c1,
        ref Vector512<float> c2,
        ref Vector512<float> c3)
        where TWidth : struct, IWidth
    {
        Vector512<float> factor = Vector512.Create(a);
        c0 = Vector512.FusedMultiplyAdd(factor, b0, c0);
        if (TWidth.Vectors > 1)
            c1 = Vector512.FusedMultiplyAdd(factor, b1, c1);
        if (TWidth.Vectors > 2)
            c2 = Vector512.FusedMultiplyAdd(factor, b2, c2);
        if (TWidth.Vectors > 3)
            c3 = Vector512.FusedMultiplyAdd(factor, b3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TWidth>(
        float* row,
        ref Vector512<float> c0,
        ref Vector512<float> c1,
        ref Vector512<float> c2,
        ref Vector512<float> c3)
        where TWidth : struct, IWidth
    {
        c0 = Vector512.Load(row);
        if (TWidth.Vectors > 1)
            c1 = Vector512.Load(row + Lanes);
        if (TWidth.Vectors > 2)
            c2 = Vector512.Load(row + (2 * Lanes));
        if (TWidth.Vectors > 3)
            c3 = Vector512.Load(row + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(
        float* row,
        Vector512<float> c0,
        Vector512<float> c1,
        Vector512<float> c2,
        Vector512<float> c3)
        where TWidth : struct, IWidth
    {
        Vector512.Store(c0, row);
        if (TWidth.Vectors > 1)
            Vector512.Store(c1, row + Lanes);
        if (TWidth.Vectors > 2)
            Vector512.Store(c2, row + (2 * Lanes));
        if (TWidth.Vectors > 3)
            Vector512.Store(c3, row + (3 * Lanes));
    }

    private readonly struct One : IWidth
    {
        public static int Vectors => 1;
    }

    private readonly struct Two : IWidth
    {
        public static int Vectors => 2;
    }

    private readonly struct Three : IWidth
    {
        public static int Vectors => 3;
    }

    private readonly struct Four : IWidth
    {
        public static int Vectors => 4;
    }
}

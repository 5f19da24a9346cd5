using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The matrix products of attention over blocks of <see cref="Extent"/> tokens. A panel holds one row a feature or token
/// and one lane a token of the block, so that the softmax and its gradient work on whole vectors of tokens and no
/// reduction goes across lanes; the other operand is read from where it lies, one element at a time.
/// </summary>
internal static unsafe class AttentionBlock<TFloats>
    where TFloats : unmanaged, IFloats<TFloats>
{
    /// <summary>Tokens a block: the lanes of a panel's row.</summary>
    public const int Extent = 64;

    /// <summary>Tokens a vector.</summary>
    public const int Lanes = 16;

    private const int RowsAtOnce = 4;

    /// <summary>Panels are transposed in squares of this extent where the processor interleaves vectors of four.</summary>
    private const int SquareExtent = 4;

    private interface IWidth
    {
        static abstract int Vectors { get; }
    }

    /// <summary>
    /// For each row r in [0, rows) and the lanes of <paramref name="vectors"/> vectors:
    /// result[r] (+)= sum over k in [0, depth) of left[r, k] right[k], in the order of k.
    /// </summary>
    /// <param name="result">At the first lane of row 0.</param>
    /// <param name="left">At element (0, 0).</param>
    /// <param name="right">At the first lane of row 0.</param>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="depth">Terms a sum.</param>
    /// <param name="vectors">1 to 4.</param>
    /// <param name="accumulate">Whether the result is added to, or overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(Panel result, Elements left, Panel right, int rows, int depth, int vectors, bool accumulate)
    {
        if (typeof(TFloats) == typeof(Floats256))
        {
            // Generic lanes in two registers are copied for every multiply-add.
            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                float* target = result.Start + lane;
                MatmulMicroKernel256.Multiply(depth, left, rows, new Panel(right.Start + lane, right.Stride), new Panel(target, result.Stride), accumulate ? target : null, addend: null);
            }

            return;
        }

        if (typeof(TFloats) == typeof(Floats128))
        {
            // Four rows of one vector are as many sums as the registers of a narrower processor hold.
            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
                Multiply<One>(new Panel(result.Start + lane, result.Stride), left, new Panel(right.Start + lane, right.Stride), rows, depth, accumulate);
            return;
        }

        switch (vectors)
        {
            case 1:
                Multiply<One>(result, left, right, rows, depth, accumulate);
                break;
            case 2:
                Multiply<Two>(result, left, right, rows, depth, accumulate);
                break;
            case 3:
                Multiply<Three>(result, left, right, rows, depth, accumulate);
                break;
            default:
                Multiply<Four>(result, left, right, rows, depth, accumulate);
                break;
        }
    }

    /// <summary>panel[feature][token] = tokens[token][feature]; lanes from <paramref name="count"/> on become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* panel, float* tokens, nint stride, int count, int features)
    {
        if (count < Extent)
            new Span<float>(panel, features * Extent).Clear();
        int token = 0;
        for (; token <= count - SquareExtent; token += SquareExtent, tokens += SquareExtent * stride)
        {
            int feature = 0;
            for (; feature <= features - SquareExtent; feature += SquareExtent)
            {
                float* source = tokens + feature;
                Vector128<float> r0 = Vector128.Load(source);
                Vector128<float> r1 = Vector128.Load(source + stride);
                Vector128<float> r2 = Vector128.Load(source + (2 * stride));
                Vector128<float> r3 = Vector128.Load(source + (3 * stride));
                Transpose(ref r0, ref r1, ref r2, ref r3);
                float* target = panel + (feature * Extent) + token;
                Vector128.Store(r0, target);
                Vector128.Store(r1, target + Extent);
                Vector128.Store(r2, target + (2 * Extent));
                Vector128.Store(r3, target + (3 * Extent));
            }

            for (; feature < features; feature++)
            {
                for (int i = 0; i < SquareExtent; i++)
                    panel[(feature * Extent) + token + i] = tokens[(i * stride) + feature];
            }
        }

        for (; token < count; token++, tokens += stride)
        {
            for (int feature = 0; feature < features; feature++)
                panel[(feature * Extent) + token] = tokens[feature];
        }
    }

    /// <summary>tokens[token][feature] = factors[token] panel[feature][token].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(float* tokens, nint stride, float* panel, int count, int features, float* factors)
    {
        int token = 0;
        for (; token <= count - SquareExtent; token += SquareExtent, tokens += SquareExtent * stride)
        {
            Vector128<float> factor = Vector128.Load(factors + token);
            int feature = 0;
            for (; feature <= features - SquareExtent; feature += SquareExtent)
            {
                float* source = panel + (feature * Extent) + token;
                Vector128<float> r0 = Vector128.Load(source) * factor;
                Vector128<float> r1 = Vector128.Load(source + Extent) * factor;
                Vector128<float> r2 = Vector128.Load(source + (2 * Extent)) * factor;
                Vector128<float> r3 = Vector128.Load(source + (3 * Extent)) * factor;
                Transpose(ref r0, ref r1, ref r2, ref r3);
                float* target = tokens + feature;
                Vector128.Store(r0, target);
                Vector128.Store(r1, target + stride);
                Vector128.Store(r2, target + (2 * stride));
                Vector128.Store(r3, target + (3 * stride));
            }

            for (; feature < features; feature++)
            {
                for (int i = 0; i < SquareExtent; i++)
                    tokens[(i * stride) + feature] = factors[token + i] * panel[(feature * Extent) + token + i];
            }
        }

        for (; token < count; token++, tokens += stride)
        {
            float factor = factors[token];
            for (int feature = 0; feature < features; feature++)
                tokens[feature] = factor * panel[(feature * Extent) + token];
        }
    }

    /// <summary>
    /// In the square of the diagonal block that lies on the diagonal, hides the later keys from 16 queries: rows are keys,
    /// from <paramref name="lane"/> to <paramref name="end"/>, and lanes are queries from <paramref name="lane"/> on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void HideLaterKeyRows(float* scores, int lane, int end)
    {
        for (int key = lane; key < end; key++)
        {
            float* row = scores + (key * Extent);
            TFloats.Store(TFloats.WhereLess(TFloats.Indices, TFloats.Create(key - lane), TFloats.Create(float.NegativeInfinity), TFloats.Load(row)), row);
        }
    }

    /// <summary>The same where rows are queries, <paramref name="scores"/> is the square itself and lanes are keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void HideLaterKeyLanes(float* scores, int queries)
    {
        for (int query = 0; query < queries; query++)
        {
            float* row = scores + (query * Extent);
            TFloats.Store(TFloats.WhereLess(TFloats.Create(query), TFloats.Indices, TFloats.Create(float.NegativeInfinity), TFloats.Load(row)), row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector128<float> r0, ref Vector128<float> r1, ref Vector128<float> r2, ref Vector128<float> r3)
    {
        Vector128<float> low02 = Interleave.Low(r0, r2);
        Vector128<float> low13 = Interleave.Low(r1, r3);
        Vector128<float> high02 = Interleave.High(r0, r2);
        Vector128<float> high13 = Interleave.High(r1, r3);
        r0 = Interleave.Low(low02, low13);
        r1 = Interleave.High(low02, low13);
        r2 = Interleave.Low(high02, high13);
        r3 = Interleave.High(high02, high13);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TWidth>(Panel result, Elements left, Panel right, int rows, int depth, bool accumulate)
        where TWidth : struct, IWidth
    {
        nint rightStride = right.Stride;
        nint depthStride = left.DepthStride;
        for (int row = 0; row < rows; row += RowsAtOnce)
        {
            // Rows past the last one repeat it: they compute and store its values again.
            int last = Math.Min(RowsAtOnce, rows - row) - 1;
            float* a0 = left.Start + (row * left.RowStride);
            float* a1 = a0 + (Math.Min(1, last) * left.RowStride);
            float* a2 = a0 + (Math.Min(2, last) * left.RowStride);
            float* a3 = a0 + (Math.Min(3, last) * left.RowStride);
            float* c0 = result.Start + (row * result.Stride);
            float* c1 = c0 + (Math.Min(1, last) * result.Stride);
            float* c2 = c0 + (Math.Min(2, last) * result.Stride);
            float* c3 = c0 + (Math.Min(3, last) * result.Stride);
            TFloats c00 = default, c01 = default, c02 = default, c03 = default;
            TFloats c10 = default, c11 = default, c12 = default, c13 = default;
            TFloats c20 = default, c21 = default, c22 = default, c23 = default;
            TFloats c30 = default, c31 = default, c32 = default, c33 = default;
            if (accumulate)
            {
                Load<TWidth>(c0, ref c00, ref c01, ref c02, ref c03);
                Load<TWidth>(c1, ref c10, ref c11, ref c12, ref c13);
                Load<TWidth>(c2, ref c20, ref c21, ref c22, ref c23);
                Load<TWidth>(c3, ref c30, ref c31, ref c32, ref c33);
            }

            float* b = right.Start;
            nint k = 0;
            for (int step = 0; step < depth; step++, b += rightStride, k += depthStride)
            {
                TFloats b0 = TFloats.Load(b);
                TFloats b1 = TWidth.Vectors > 1 ? TFloats.Load(b + Lanes) : default;
                TFloats b2 = TWidth.Vectors > 2 ? TFloats.Load(b + (2 * Lanes)) : default;
                TFloats b3 = TWidth.Vectors > 3 ? TFloats.Load(b + (3 * Lanes)) : default;
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
        TFloats b0,
        TFloats b1,
        TFloats b2,
        TFloats b3,
        ref TFloats c0,
        ref TFloats c1,
        ref TFloats c2,
        ref TFloats c3)
        where TWidth : struct, IWidth
    {
        TFloats factor = TFloats.Create(a);
        c0 = TFloats.MultiplyAdd(factor, b0, c0);
        if (TWidth.Vectors > 1)
            c1 = TFloats.MultiplyAdd(factor, b1, c1);
        if (TWidth.Vectors > 2)
            c2 = TFloats.MultiplyAdd(factor, b2, c2);
        if (TWidth.Vectors > 3)
            c3 = TFloats.MultiplyAdd(factor, b3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TWidth>(
        float* row,
        ref TFloats c0,
        ref TFloats c1,
        ref TFloats c2,
        ref TFloats c3)
        where TWidth : struct, IWidth
    {
        c0 = TFloats.Load(row);
        if (TWidth.Vectors > 1)
            c1 = TFloats.Load(row + Lanes);
        if (TWidth.Vectors > 2)
            c2 = TFloats.Load(row + (2 * Lanes));
        if (TWidth.Vectors > 3)
            c3 = TFloats.Load(row + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(
        float* row,
        TFloats c0,
        TFloats c1,
        TFloats c2,
        TFloats c3)
        where TWidth : struct, IWidth
    {
        TFloats.Store(c0, row);
        if (TWidth.Vectors > 1)
            TFloats.Store(c1, row + Lanes);
        if (TWidth.Vectors > 2)
            TFloats.Store(c2, row + (2 * Lanes));
        if (TWidth.Vectors > 3)
            TFloats.Store(c3, row + (3 * Lanes));
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

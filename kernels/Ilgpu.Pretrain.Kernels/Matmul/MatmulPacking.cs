using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// An operand as packing sees it: lines (rows of A, columns of B) that run along k. Either each line is contiguous, or
/// each k is.
/// </summary>
/// <param name="start">The element of line 0, k 0.</param>
/// <param name="stride">From one line to the next where lines are contiguous, else from one k to the next.</param>
/// <param name="linesAreContiguous">Whether the elements of a line follow each other in memory.</param>
internal readonly unsafe struct MatmulOperand(float* start, long stride, bool linesAreContiguous)
{
    /// <summary>Floats of a cache line: what is loaded once is used up at once, even where all lines share a cache set.</summary>
    private const int CacheLine = 16;

    /// <summary>Few enough rows of a tile's operand to stay in the L1 or L2 cache while all panels take their part of them.</summary>
    private const int DepthAtOnce = 16;

    /// <summary>
    /// Packs lines into panels, k by k: <c>panel[k, i]</c>, with <paramref name="width"/> lines a panel and zeros past the
    /// last line.
    /// </summary>
    public void Pack(float* target, int width, int firstLine, int lastLine, int firstK, int depth)
    {
        if (!linesAreContiguous)
        {
            PackContiguousDepth(target, width, start + (firstK * stride) + firstLine, stride, lastLine - firstLine, depth);
            return;
        }

        for (int line = firstLine; line < lastLine; line += width)
        {
            PackContiguousLines(target, width, start + (line * stride) + firstK, stride, Math.Min(width, lastLine - line), depth);
            target += depth * width;
        }
    }

    /// <summary>Has a part of lines brought to the cache, where each is contiguous: what is packed next is waited for by then.</summary>
    /// <param name="firstLine">Of the lines.</param>
    /// <param name="lastLine">Behind them.</param>
    /// <param name="firstK">Of their stretch.</param>
    /// <param name="depth">Of their stretch.</param>
    /// <param name="part">Of <paramref name="parts"/>.</param>
    /// <param name="parts">That bring all of it together.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int firstLine, int lastLine, int firstK, int depth, int part, int parts)
    {
        if (!Sse.IsSupported || !linesAreContiguous)
            return;
        int firstOfPart = depth / CacheLine * part / parts * CacheLine;
        int lastOfPart = part == parts - 1 ? depth : depth / CacheLine * (part + 1) / parts * CacheLine;
        for (int line = firstLine; line < lastLine; line++)
        {
            float* from = start + (line * stride) + firstK;
            for (int k = firstOfPart; k < lastOfPart; k += CacheLine)
                Sse.Prefetch1(from + k);
        }
    }

    /// <summary>A few k at a time for all panels, so that memory is read along its rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackContiguousDepth(float* target, int width, float* source, long stride, int lines, int depth)
    {
        for (int firstK = 0; firstK < depth; firstK += DepthAtOnce)
        {
            int lastK = Math.Min(firstK + DepthAtOnce, depth);
            for (int firstLine = 0; firstLine < lines; firstLine += width)
            {
                float* from = source + (firstK * stride) + firstLine;
                float* to = target + (firstLine * (long)depth) + (firstK * width);
                int count = Math.Min(width, lines - firstLine);
                if (count == width)
                {
                    CopyWhole(to, from, width, stride, lastK - firstK);
                    continue;
                }

                for (int k = firstK; k < lastK; k++)
                {
                    CopyPart(to, from, count, width);
                    from += stride;
                    to += width;
                }
            }
        }
    }

    /// <summary>Rows of a panel; those of the most common widths without a loop across them, which takes longer than the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyWhole(float* to, float* from, int width, long stride, int rows)
    {
        if (width == MatmulMicroKernel.Rows)
        {
            for (; rows > 0; rows--, from += stride, to += MatmulMicroKernel.Rows)
            {
                Vector128.Load(from).Store(to);
                Vector128.Load(from + 4).Store(to + 4);
                Vector128.Load(from + 8).Store(to + 8);
            }
        }
        else if (width == MatmulMicroKernel256.Columns)
        {
            for (; rows > 0; rows--, from += stride, to += MatmulMicroKernel256.Columns)
            {
                Vector256.Load(from).Store(to);
                Vector256.Load(from + 8).Store(to + 8);
            }
        }
        else
        {
            for (; rows > 0; rows--, from += stride, to += width)
                CopyWhole(to, from, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyWhole(float* to, float* from, int width)
    {
        int line = 0;
        for (; line <= width - 16; line += 16)
            Vector512.Load(from + line).Store(to + line);
        for (; line < width; line += 4)
            Vector128.Load(from + line).Store(to + line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyPart(float* to, float* from, int count, int width)
    {
        for (int line = 0; line < width; line++)
            to[line] = line < count ? from[line] : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackContiguousLines(float* target, int width, float* source, long stride, int lines, int depth)
    {
        int whole = depth / CacheLine * CacheLine;
        int line = 0;
        for (; line <= lines - 4; line += 4)
        {
            float* line0 = source + (line * stride);
            float* line1 = line0 + stride;
            float* line2 = line1 + stride;
            float* line3 = line2 + stride;
            float* to = target + line;
            if (Avx512F.IsSupported)
            {
                for (int k = 0; k < whole; k += CacheLine)
                    Transpose16(line0 + k, line1 + k, line2 + k, line3 + k, to + (k * width), width);
            }
            else if (Avx.IsSupported)
            {
                for (int k = 0; k < whole; k += 8)
                    Transpose8(line0 + k, line1 + k, line2 + k, line3 + k, to + (k * width), width);
            }
            else
            {
                for (int k = 0; k < whole; k += 4)
                    Transpose4(line0 + k, line1 + k, line2 + k, line3 + k, to + (k * width), width);
            }

            for (int k = whole; k < depth; k++)
                Vector128.Create(line0[k], line1[k], line2[k], line3[k]).Store(to + (k * width));
        }

        for (; line < width; line++)
        {
            for (int k = 0; k < depth; k++)
                target[(k * width) + line] = line < lines ? source[(line * stride) + k] : 0;
        }
    }

    /// <summary>Stores the columns of a 4 x 4 block given by rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* row0, float* row1, float* row2, float* row3, float* target, int stride)
    {
        Vector128<float> low02 = Interleave.Low(Vector128.Load(row0), Vector128.Load(row2));
        Vector128<float> low13 = Interleave.Low(Vector128.Load(row1), Vector128.Load(row3));
        Vector128<float> high02 = Interleave.High(Vector128.Load(row0), Vector128.Load(row2));
        Vector128<float> high13 = Interleave.High(Vector128.Load(row1), Vector128.Load(row3));
        Interleave.Low(low02, low13).Store(target);
        Interleave.High(low02, low13).Store(target + stride);
        Interleave.Low(high02, high13).Store(target + (2 * stride));
        Interleave.High(high02, high13).Store(target + (3 * stride));
    }

    /// <summary>Stores the columns of a 4 x 8 block given by rows; its halves are transposed at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8(float* row0, float* row1, float* row2, float* row3, float* target, int stride)
    {
        Vector256<float> low02 = Avx.UnpackLow(Vector256.Load(row0), Vector256.Load(row2));
        Vector256<float> low13 = Avx.UnpackLow(Vector256.Load(row1), Vector256.Load(row3));
        Vector256<float> high02 = Avx.UnpackHigh(Vector256.Load(row0), Vector256.Load(row2));
        Vector256<float> high13 = Avx.UnpackHigh(Vector256.Load(row1), Vector256.Load(row3));
        StoreHalves(Avx.UnpackLow(low02, low13), target, 4 * stride);
        StoreHalves(Avx.UnpackHigh(low02, low13), target + stride, 4 * stride);
        StoreHalves(Avx.UnpackLow(high02, high13), target + (2 * stride), 4 * stride);
        StoreHalves(Avx.UnpackHigh(high02, high13), target + (3 * stride), 4 * stride);
    }

    /// <summary>Stores the columns of a 4 x 16 block given by rows; its quarters are transposed at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose16(float* row0, float* row1, float* row2, float* row3, float* target, int stride)
    {
        Vector512<float> low02 = Avx512F.UnpackLow(Vector512.Load(row0), Vector512.Load(row2));
        Vector512<float> low13 = Avx512F.UnpackLow(Vector512.Load(row1), Vector512.Load(row3));
        Vector512<float> high02 = Avx512F.UnpackHigh(Vector512.Load(row0), Vector512.Load(row2));
        Vector512<float> high13 = Avx512F.UnpackHigh(Vector512.Load(row1), Vector512.Load(row3));
        StoreQuarters(Avx512F.UnpackLow(low02, low13), target, 4 * stride);
        StoreQuarters(Avx512F.UnpackHigh(low02, low13), target + stride, 4 * stride);
        StoreQuarters(Avx512F.UnpackLow(high02, high13), target + (2 * stride), 4 * stride);
        StoreQuarters(Avx512F.UnpackHigh(high02, high13), target + (3 * stride), 4 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuarters(Vector512<float> quarters, float* target, int stride)
    {
        StoreHalves(quarters.GetLower(), target, stride);
        StoreHalves(quarters.GetUpper(), target + (2 * stride), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalves(Vector256<float> halves, float* target, int stride)
    {
        halves.GetLower().Store(target);
        halves.GetUpper().Store(target + stride);
    }
}

using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// fp32 products on a GPU's ordinary units. 2 M N K FLOPs; at least 4 (M K + K N) bytes read and 4 M N written, so the floor is
/// the larger of FLOPs over the device's rate of fused multiply-adds and those bytes over its bandwidth.
/// </summary>
/// <remarks>
/// Against <see cref="MatmulNaive{T, TStorage}"/>: a group computes a tile of C from slices of eight along K in shared memory,
/// two of them so that the next is on its way while one is used, and a thread 8 x 8 of it in registers: 64 multiply-adds for
/// 64 bytes from shared memory, instead of one for eight from global memory. The 32 threads of a warp make 4 x 8 of such blocks
/// and read the same numbers, 384 different bytes for 2048 multiply-adds: as many as 24 an SM's cycle of 128 of them.
/// Tiles of 128 x 128 read L2 at 1/32 bytes a FLOP, those of 64 x 64, for products of few tiles, at twice that.
/// An element is one chain of multiply-adds over k, for TN one over each of the <see cref="MatmulSegments"/>.
/// </remarks>
internal sealed class MatmulGpu : Matmul<float>
{
    private const int SmallTile = 64;
    private const int LargeTile = 128;
    private const int Depth = 8;

    /// <summary>Four numbers of padding a row: the four-byte stores of operands along K then meet no bank twice.</summary>
    private const int Padding = 1;

    private const int SmallThreads = SmallTile * SmallTile / 64;
    private const int LargeThreads = LargeTile * LargeTile / 64;

    /// <summary>sizeof(Float4) elements of the slices of both operands, twice.</summary>
    private const int SmallShared = 4 * Depth * ((SmallTile / 4) + Padding);

    private const int LargeShared = 4 * Depth * ((LargeTile / 4) + Padding);
    private const int AlongA = 1;
    private const int AlongB = 2;
    private const int LoadBytes = 16;

    private readonly Device device;
    private readonly int? tile;
    private readonly int leastSegment;
    private readonly DeviceBuffer<int> turns;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, MatmulLaunch> multiplySmall;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, MatmulLaunch> multiplyLarge;

    public MatmulGpu(Device device)
        : this(device, tile: null)
    {
    }

    /// <param name="device">A GPU, or simulated warps.</param>
    /// <param name="tile">64 or 128; null: the better for each shape. Both give the same bits.</param>
    /// <param name="leastSegment">Of K: see <see cref="MatmulSegments"/>.</param>
    internal MatmulGpu(Device device, int? tile, int leastSegment = MatmulSegments.LeastLength)
    {
        this.device = device;
        this.tile = tile;
        this.leastSegment = leastSegment;
        turns = device.Allocate<int>(MatmulSegments.MostWaitingTiles);
        multiplySmall = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, MatmulLaunch>(SmallKernel));
        multiplyLarge = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, MatmulLaunch>(LargeKernel));
    }

    private protected override void Launch(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend)
    {
        int along = (layout != MatmulLayout.TN ? AlongA : 0) | (layout == MatmulLayout.NT ? AlongB : 0);
        ArrayView<float> added = (addend ?? c).View;
        int flags = addend is null ? 0 : MatmulLaunch.Adds;
        if (shape.N % 4 == 0 && IsAligned(c.View) && IsAligned(added))
            flags |= MatmulLaunch.WideResult;
        if (a.Columns % 4 == 0 && b.Columns % 4 == 0 && shape.K > 0 && IsAligned(a.View) && IsAligned(b.View))
            flags |= MatmulLaunch.WideFactors;
        int length = layout == MatmulLayout.TN ? MatmulSegments.Length(shape.K, leastSegment) : shape.K;
        int edge = tile ?? Best(shape, length);
        bool large = edge == LargeTile;
        var launch = MatmulLaunch.Of(shape, flags, edge, edge, length, turns.View.Length);
        for (int segments = launch.AllSegments; launch.FirstSegment < segments; launch.FirstSegment += launch.Segments)
        {
            var config = new KernelConfig(checked(launch.Tiles * launch.Segments), large ? LargeThreads : SmallThreads);
            (large ? multiplyLarge : multiplySmall)(config, c.View, a.View, b.View, added, turns.View, along, launch);
        }
    }

    private protected override void LaunchRounded(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape) => Launch(c, a, b, layout, shape, addend: null);

    /// <summary>Large tiles where each multiprocessor gets one and none is mostly empty.</summary>
    private int Best(MatmulShape shape, int segmentLength)
    {
        long tiles = (long)Tiling.Count(shape.M, LargeTile) * Tiling.Count(shape.N, LargeTile) * Tiling.Count(shape.K, Math.Max(1, segmentLength));
        return shape.M > SmallTile && shape.N > SmallTile && tiles >= device.Threads ? LargeTile : SmallTile;
    }

    private static bool IsAligned(ArrayView<float> view) => view.LoadEffectiveAddressAsPtr() % LoadBytes == 0;

    private static void SmallKernel(
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        int along,
        MatmulLaunch launch) =>
        Multiply(SharedMemory.Allocate<Float4>(SmallShared), SmallTile, c, a, b, addend, turns, along, launch);

    private static void LargeKernel(
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        int along,
        MatmulLaunch launch) =>
        Multiply(SharedMemory.Allocate<Float4>(LargeShared), LargeTile, c, a, b, addend, turns, along, launch);

    private static void Multiply(
        ArrayView<Float4> shared,
        int edge,
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        int along,
        MatmulLaunch launch)
    {
        MatmulBlock block = MatmulBlock.Of(Grid.IdxX, launch, edge, edge);
        int stride = (edge / 4) + Padding;
        int slice = Depth * stride;
        // Warps lie side by side and one below the other, each 32 rows x 64 columns in either half of the tile's columns and rows.
        int warp = Group.IdxX / WarpPad.Lanes;
        int lane = Group.IdxX % WarpPad.Lanes;
        int row = (warp / (edge / 64) * 4) + (lane / 8);
        int column = (warp % (edge / 64) * 8) + (lane % 8);
        bool wide = launch.Has(MatmulLaunch.WideFactors);
        bool alongA = (along & AlongA) != 0;
        bool alongB = (along & AlongB) != 0;
        var sliceOfA = new MatmulSlice { First = block.Row, Extent = launch.M, Leading = alongA ? launch.K : launch.M, EndK = block.EndK };
        var sliceOfB = new MatmulSlice { First = block.Column, Extent = launch.N, Leading = alongB ? launch.K : launch.N, EndK = block.EndK };
        MatmulStrip s0 = default;
        MatmulStrip s1 = default;
        MatmulStrip s2 = default;
        MatmulStrip s3 = default;
        MatmulStrip s4 = default;
        MatmulStrip s5 = default;
        MatmulStrip s6 = default;
        MatmulStrip s7 = default;
        if (block.FirstK < block.EndK)
        {
            Float4 a0 = MatmulSlice.Fetch(a, sliceOfA, edge, 0, block.FirstK, alongA, wide);
            Float4 b0 = MatmulSlice.Fetch(b, sliceOfB, edge, 0, block.FirstK, alongB, wide);
            MatmulSlice.Put(shared, 0, edge, stride, 0, alongA, a0);
            MatmulSlice.Put(shared, slice, edge, stride, 0, alongB, b0);
            if (edge == SmallTile)
            {
                Float4 a1 = MatmulSlice.Fetch(a, sliceOfA, edge, 1, block.FirstK, alongA, wide);
                Float4 b1 = MatmulSlice.Fetch(b, sliceOfB, edge, 1, block.FirstK, alongB, wide);
                MatmulSlice.Put(shared, 0, edge, stride, 1, alongA, a1);
                MatmulSlice.Put(shared, slice, edge, stride, 1, alongB, b1);
            }
        }

        Group.Barrier();
        int now = 0;
        for (int k = block.FirstK; k < block.EndK; k += Depth)
        {
            // Past the end these are zeros that nobody reads.
            Float4 a0 = MatmulSlice.Fetch(a, sliceOfA, edge, 0, k + Depth, alongA, wide);
            Float4 b0 = MatmulSlice.Fetch(b, sliceOfB, edge, 0, k + Depth, alongB, wide);
            Float4 a1 = default;
            Float4 b1 = default;
            if (edge == SmallTile)
            {
                a1 = MatmulSlice.Fetch(a, sliceOfA, edge, 1, k + Depth, alongA, wide);
                b1 = MatmulSlice.Fetch(b, sliceOfB, edge, 1, k + Depth, alongB, wide);
            }

            for (int i = 0; i < Depth; i++)
            {
                int atA = now + (i * stride) + row;
                int atB = now + slice + (i * stride) + column;
                Float4 left = shared[atB];
                Float4 right = shared[atB + (edge / 8)];
                Float4 upper = shared[atA];
                s0 = MatmulStrip.MultiplyAdd(s0, upper.X, left, right);
                s1 = MatmulStrip.MultiplyAdd(s1, upper.Y, left, right);
                s2 = MatmulStrip.MultiplyAdd(s2, upper.Z, left, right);
                s3 = MatmulStrip.MultiplyAdd(s3, upper.W, left, right);
                Float4 lower = shared[atA + (edge / 8)];
                s4 = MatmulStrip.MultiplyAdd(s4, lower.X, left, right);
                s5 = MatmulStrip.MultiplyAdd(s5, lower.Y, left, right);
                s6 = MatmulStrip.MultiplyAdd(s6, lower.Z, left, right);
                s7 = MatmulStrip.MultiplyAdd(s7, lower.W, left, right);
            }

            now = (2 * slice) - now;
            MatmulSlice.Put(shared, now, edge, stride, 0, alongA, a0);
            MatmulSlice.Put(shared, now + slice, edge, stride, 0, alongB, b0);
            if (edge == SmallTile)
            {
                MatmulSlice.Put(shared, now, edge, stride, 1, alongA, a1);
                MatmulSlice.Put(shared, now + slice, edge, stride, 1, alongB, b1);
            }

            Group.Barrier();
        }

        MatmulBlock.WaitForTurn(block, launch, turns);
        int firstRow = block.Row + (4 * row);
        int firstColumn = block.Column + (4 * column);
        Store(c, addend, launch, block.Segment, s0, firstRow, firstColumn, edge);
        Store(c, addend, launch, block.Segment, s1, firstRow + 1, firstColumn, edge);
        Store(c, addend, launch, block.Segment, s2, firstRow + 2, firstColumn, edge);
        Store(c, addend, launch, block.Segment, s3, firstRow + 3, firstColumn, edge);
        firstRow += edge / 2;
        Store(c, addend, launch, block.Segment, s4, firstRow, firstColumn, edge);
        Store(c, addend, launch, block.Segment, s5, firstRow + 1, firstColumn, edge);
        Store(c, addend, launch, block.Segment, s6, firstRow + 2, firstColumn, edge);
        Store(c, addend, launch, block.Segment, s7, firstRow + 3, firstColumn, edge);
        MatmulBlock.PassTurn(block, launch, turns);
    }

    private static void Store(ArrayView<float> c, ArrayView<float> addend, MatmulLaunch launch, int segment, MatmulStrip strip, int row, int column, int edge)
    {
        MatmulResult.StoreFour(c, addend, launch, segment, strip.Left, row, column);
        MatmulResult.StoreFour(c, addend, launch, segment, strip.Right, row, column + (edge / 2));
    }
}

using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// bf16 products on tensor cores with fp32 sums: mma.sync.m16n8k16 on tiles of C that a group keeps in registers, operands
/// by way of shared memory. 2 M N K FLOPs; at least 2 (M K + K N) bytes read and 4 M N (2 M N rounded) written, so the floor
/// is the larger of FLOPs over the device's rate of mma and those bytes over its bandwidth.
/// </summary>
/// <remarks>
/// The versions, each with what limits it. An SM of an A100 takes 2048 FLOPs of mma.sync a cycle, one of an H100 about 2540
/// (.62 of what wgmma reaches), and shared memory gives or takes 128 bytes a cycle. A product of 16 x 8 x 16 has 4096 FLOPs:
/// 2 cycles of an A100's SM, 1.6 of an H100's, in which 256 or 206 bytes can move.
/// <list type="number">
/// <item>64 x 64 by four warps, 32 of K at a time, copied by way of registers: nothing else happens meanwhile. Chunks lie in
/// plain order, so ldmatrix meets conflicts, fourfold where rows run along K and eightfold where they do not. Takes any
/// alignment: what the others leave to it.</item>
/// <item>Copies are asynchronous, two tiles ahead in three places (24 KB); chunks are exchanged by XOR so that neither copies
/// nor ldmatrix meet conflicts. A warp's 32 x 32 read 256 bytes a product and copies write 128: shared memory allows .67 of
/// an A100's mma, .54 of an H100's. L2 is asked for 128 bytes a product. Stays the one for products of few tiles.</item>
/// <item>128 x 128 by eight warps, each 64 x 32: a fragment serves twice the products, 192 bytes read and 64 written for
/// each, all that an A100's shared memory gives and .81 of an H100's mma; 64 from L2. Fragments are loaded a step before
/// they are used. 48 KB in three places.</item>
/// <item>The same tile by four warps, each 64 x 64, 128 sums a thread: 128 bytes read and 64 written a product, which leaves
/// tensor cores the bound (.75 of an A100's shared memory is used, .93 of an H100's). With 128 threads a group two of them
/// share an SM, and one computes while the other waits at its barrier. The one for large products.</item>
/// <item>128 x 256 by eight warps of the same, 16 of K at a time in four places: 48 bytes a product from L2 instead of 64, 30 a
/// cycle of an H100's SM instead of 40, and 48 written. One group an SM, half as many tiles: to be asked for by name until a
/// GPU has shown where it wins.</item>
/// </list>
/// All give the same bits: an element is a chain of products of 16 along K, in order; for TN in fp32, such chains over the
/// <see cref="MatmulSegments"/>.
/// </remarks>
internal sealed partial class MatmulTensorCore : Matmul<BFloat16>
{
    private const int SmallTile = 64;
    private const int LargeTile = 128;

    /// <summary>A tile's extent along K.</summary>
    private const int Depth = 32;

    private const int Stages = 3;
    private const int SmallThreads = 128;

    /// <summary>16-byte chunks of one operand's tile.</summary>
    private const int SmallChunks = SmallTile * Depth / 8;

    private const int LargeChunks = LargeTile * Depth / 8;
    private const int SmallStage = 2 * SmallChunks;
    private const int LargeStage = 2 * LargeChunks;

    /// <summary>16-byte chunks of 64 x 64 sums in shared memory, more than a tile of both operands takes.</summary>
    private const int SmallStagedChunks = 64 * (SmallTile + MatmulResult.Padding) / 4;

    /// <summary>Which order chunks of a tile lie in: see <see cref="IMatmulOperand"/>.</summary>
    private const int Plain = 0;

    private const int Swizzled = 7;

    private const int Versions = 5;
    private const int Layouts = 3;
    private const int ChunkBytes = 16;

    private readonly Device device;
    private readonly int? version;
    private readonly int leastSegment;
    private readonly DeviceBuffer<int> turns;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<int>, MatmulLaunch>?[] kernels =
        new Action<KernelConfig, ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<int>, MatmulLaunch>?[Versions * Layouts];

    public MatmulTensorCore(Device device)
        : this(device, version: null)
    {
    }

    /// <param name="device">A GPU from sm_80 on, or simulated warps.</param>
    /// <param name="version">1 to 5; null: the best for each shape. Operands that are not aligned get version 1 whatever is asked for.</param>
    /// <param name="leastSegment">Of K: see <see cref="MatmulSegments"/>.</param>
    /// <param name="waitingTiles">Of C: the same.</param>
    internal MatmulTensorCore(Device device, int? version, int leastSegment = MatmulSegments.LeastLength, int waitingTiles = MatmulSegments.MostWaitingTiles)
    {
        this.device = device;
        this.version = version;
        this.leastSegment = leastSegment;
        turns = device.Allocate<int>(waitingTiles);
    }

    private protected override void Launch(
        in Tensor<float> c,
        in Tensor<BFloat16> a,
        in Tensor<BFloat16> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend)
    {
        int flags = addend is null ? 0 : MatmulLaunch.Adds;
        ArrayView<float> added = (addend ?? c).View;
        if (shape.N % 4 == 0 && IsAligned(c.View) && IsAligned(added))
            flags |= MatmulLaunch.WideResult;
        int length = layout == MatmulLayout.TN ? MatmulSegments.Length(shape.K, leastSegment) : shape.K;
        // C in bf16 is not written: any view of the type does.
        Run(c.View, turns.View.Cast<BFloat16>(), a.View, b.View, added, layout, shape, flags, length);
    }

    private protected override void LaunchRounded(
        in Tensor<BFloat16> c,
        in Tensor<BFloat16> a,
        in Tensor<BFloat16> b,
        MatmulLayout layout,
        MatmulShape shape)
    {
        int flags = MatmulLaunch.Rounds;
        if (shape.N % 4 == 0 && IsAligned(c.View))
            flags |= MatmulLaunch.WideResult;
        ArrayView<float> unused = turns.View.Cast<float>();
        Run(unused, c.View, a.View, b.View, unused, layout, shape, flags, shape.K);
    }

    private void Run(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        MatmulLayout layout,
        MatmulShape shape,
        int flags,
        int segmentLength)
    {
        int chosen = 1;
        if (shape.K > 0 && HasWideRows(a, layout == MatmulLayout.TN, shape.M, shape.K) && HasWideRows(b, layout != MatmulLayout.NT, shape.N, shape.K))
        {
            flags |= MatmulLaunch.WideFactors;
            chosen = version ?? Best(shape, segmentLength);
        }

        (int rows, int columns, int threads) = chosen switch
        {
            3 => (LargeTile, LargeTile, Version3Threads),
            4 => (LargeTile, LargeTile, Version4Threads),
            5 => (LargeTile, Version5Columns, Version5Threads),
            _ => (SmallTile, SmallTile, SmallThreads),
        };
        var launch = MatmulLaunch.Of(shape, flags, rows, columns, segmentLength, turns.View.Length);
        ref var kernel = ref kernels[((chosen - 1) * Layouts) + (int)layout];
        kernel ??= Load(chosen, layout);
        for (int segments = launch.AllSegments; launch.FirstSegment < segments; launch.FirstSegment += launch.Segments)
            kernel(new KernelConfig(checked(launch.Tiles * launch.Segments), threads), c, rounded, a, b, addend, turns.View, launch);
    }

    /// <summary>Large tiles where each multiprocessor gets one and none is mostly empty.</summary>
    private int Best(MatmulShape shape, int segmentLength)
    {
        long tiles = (long)Tiling.Count(shape.M, LargeTile) * Tiling.Count(shape.N, LargeTile) * Tiling.Count(shape.K, segmentLength);
        return shape.M > SmallTile && shape.N > SmallTile && tiles >= device.Threads ? 4 : 2;
    }

    /// <summary>Whether rows consist of whole chunks, so many that an int counts them, tiles that leave the operand included.</summary>
    private static bool HasWideRows(ArrayView<BFloat16> view, bool across, int extent, int k)
    {
        (int rows, int columns) = across ? (k, extent) : (extent, k);
        return columns % 8 == 0 && IsAligned(view) && ((long)rows + LargeTile) * (columns / 8) < int.MaxValue;
    }

    private static bool IsAligned<T>(ArrayView<T> view)
        where T : unmanaged => view.LoadEffectiveAddressAsPtr() % ChunkBytes == 0;

    private Action<KernelConfig, ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<int>, MatmulLaunch> Load(int version, MatmulLayout layout) =>
        device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<int>, MatmulLaunch>(
            (version, layout) switch
            {
                (1, MatmulLayout.NT) => Version1NTKernel,
                (1, MatmulLayout.NN) => Version1NNKernel,
                (1, MatmulLayout.TN) => Version1TNKernel,
                (2, MatmulLayout.NT) => Version2NTKernel,
                (2, MatmulLayout.NN) => Version2NNKernel,
                (2, MatmulLayout.TN) => Version2TNKernel,
                (3, MatmulLayout.NT) => Version3NTKernel,
                (3, MatmulLayout.NN) => Version3NNKernel,
                (3, MatmulLayout.TN) => Version3TNKernel,
                (4, MatmulLayout.NT) => Version4NTKernel,
                (4, MatmulLayout.NN) => Version4NNKernel,
                (4, MatmulLayout.TN) => Version4TNKernel,
                (5, MatmulLayout.NT) => Version5NTKernel,
                (5, MatmulLayout.NN) => Version5NNKernel,
                (5, MatmulLayout.TN) => Version5TNKernel,
                _ => throw new ArgumentOutOfRangeException(nameof(version), version, "There are versions 1 to 5."),
            }));
}

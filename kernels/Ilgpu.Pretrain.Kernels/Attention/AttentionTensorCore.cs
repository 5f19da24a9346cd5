using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Attention in bf16 on tensor cores (FlashAttention-2, arXiv 2307.08691), softmax and log-sum-exp in fp32. What differs
/// from <see cref="AttentionGpu{T, TStorage}"/>, and why:
/// <list type="bullet">
/// <item>All products are mma instructions, 16 rows a warp. The rows that a warp owns stay in registers through the whole
/// pass (queries forward; keys and values, or queries and output gradients, backward), the others stream through shared memory.</item>
/// <item>Weights go from the accumulators of one product to operand A of the next within the same lane: they never
/// touch shared memory. Backward the keys' kernel therefore computes the transposed scores.</item>
/// <item>cp.async keeps one block ahead; blocks above the diagonal are skipped, and of the diagonal block all 16 x 16
/// tiles above it, so that only the tiles on the diagonal are masked.</item>
/// <item>Groups with the most blocks come first.</item>
/// </list>
/// Per pair of a query and a key it sees, with d features a head: forward 4d FLOPs; backward 14d in two kernels, since
/// scores are computed in both (a single one would take 10d and atomics). At length L, bf16, causal: forward
/// 2 L^2 d FLOPs a head against 2 L d (2 + 2 / group size) bytes from memory, so L / 4 FLOPs a byte or more: bound by
/// arithmetic beyond a few hundred tokens. L2 delivers a block of keys and values for each 64 queries: 64 FLOPs a byte.
/// Shared memory: one ldmatrix brings 512 bytes for two mma, 8192 FLOPs, in every product, 16 FLOPs a byte; an SM reads
/// 128 bytes a clock, so it feeds 2048 FLOPs a clock: what an A100's tensor cores take, and three quarters of what mma.sync
/// reaches on an H100. Warps with 32 rows would halve that traffic, where registers allow it (heads of 64).
/// Instructions of a warp: a block of 64 keys forward is d mma, d / 2 ldmatrix, and 12 to 15 others for each of a lane's
/// 32 scores; a step of 16 x 16 backward is d / 2 mma and d / 4 ldmatrix for keys and values, 3d / 8 and 3d / 16 for queries.
/// </summary>
/// <remarks>
/// Weights are rounded to bf16 before they multiply values or gradients, as the branch's tensors are. A masked weight is
/// zero, so a NaN among the values reaches the earlier queries of its tile of 16 too.
/// </remarks>
internal sealed partial class AttentionTensorCore<THead> : Attention<BFloat16>
    where THead : struct, IHeadSize
{
    /// <summary>Rows that a group owns, 16 a warp; forward also the rows of a block that streams through shared memory.</summary>
    private const int Rows = 64;

    /// <summary>Rows of a warp and of a step within a block.</summary>
    private const int Step = 16;

    private const float Log2E = 1.44269504f;

    private readonly Action<KernelConfig, ArrayView<BFloat16>, ArrayView<float>, ArrayView<BFloat16>, AttentionShape, float, float> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, AttentionShape> dots;
    private readonly Action<KernelConfig, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<float>, ArrayView<BFloat16>, AttentionShape, float, float> keyValueGradient;
    private readonly Action<KernelConfig, ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<float>, ArrayView<BFloat16>, AttentionShape, float, float> queryGradient;

    public AttentionTensorCore(Device device)
    {
        Accelerator accelerator = device.Accelerator;
        forward = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<BFloat16>, ArrayView<float>, ArrayView<BFloat16>, AttentionShape, float, float>(ForwardKernel));
        dots = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, AttentionShape>(DotsKernel));
        keyValueGradient = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<float>, ArrayView<BFloat16>, AttentionShape, float, float>(KeyValueKernel));
        queryGradient = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<BFloat16>, ArrayView<BFloat16>, ArrayView<float>, ArrayView<float>, ArrayView<BFloat16>, AttentionShape, float, float>(QueryKernel));
    }

    private protected override void LaunchForward(in Tensor<BFloat16> output, in Tensor<float> logSumExp, in Tensor<BFloat16> qkv, AttentionShape shape) =>
        forward(Blocks(shape, shape.Heads), output.View, logSumExp.View, qkv.View, shape, shape.Scale, shape.Scale * Log2E);

    private protected override void LaunchBackward(
        in Tensor<BFloat16> qkvGradient,
        in Tensor<BFloat16> outputGradient,
        in Tensor<BFloat16> output,
        in Tensor<float> logSumExp,
        in Tensor<BFloat16> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        int rows = HeadTiles<THead>.Threads / DotLanes;
        int groups = checked(Tiling.Count(shape.Length, rows) * shape.Batch * shape.Heads);
        dots(new KernelConfig(groups, HeadTiles<THead>.Threads), scratch.View, outputGradient.View, output.View, shape);
        keyValueGradient(Blocks(shape, shape.KeyValueHeads), qkvGradient.View, outputGradient.View, logSumExp.View, scratch.View, qkv.View, shape, shape.Scale, shape.Scale * Log2E);
        queryGradient(Blocks(shape, shape.Heads), qkvGradient.View, outputGradient.View, logSumExp.View, scratch.View, qkv.View, shape, shape.Scale, shape.Scale * Log2E);
    }

    /// <summary>A group a block of 64 rows and head.</summary>
    private static KernelConfig Blocks(AttentionShape shape, int heads) =>
        new(checked(Tiling.Count(shape.Length, Rows) * shape.Batch * heads), HeadTiles<THead>.Threads);

    /// <summary>Chunks from one token to the next in queries, keys and values.</summary>
    private static int QkvStride(AttentionShape shape) => (shape.Heads + (2 * shape.KeyValueHeads)) * HeadTiles<THead>.Chunks;

    private static int OutputStride(AttentionShape shape) => shape.Heads * HeadTiles<THead>.Chunks;

    private static SumTile Fill(float value)
    {
        var four = new Float4 { X = value, Y = value, Z = value, W = value };
        return new SumTile { Left = four, Right = four };
    }

    /// <summary>Of a tile on the diagonal, rows queries and columns keys: <paramref name="hidden"/> for keys after the query.</summary>
    private static SumTile HideLaterColumns(SumTile tile, float hidden, int lane)
    {
        int row = lane >> 2;
        int column = 2 * (lane & 3);
        return new SumTile
        {
            Left = new Float4
            {
                X = column > row ? hidden : tile.Left.X,
                Y = column + 1 > row ? hidden : tile.Left.Y,
                Z = tile.Left.Z,
                W = tile.Left.W,
            },
            Right = new Float4
            {
                X = hidden,
                Y = hidden,
                Z = column > row ? hidden : tile.Right.Z,
                W = column + 1 > row ? hidden : tile.Right.W,
            },
        };
    }

    /// <summary>Of a tile on the diagonal, rows keys and columns queries: zero for queries before the key.</summary>
    private static SumTile HideEarlierColumns(SumTile tile, int lane)
    {
        int row = lane >> 2;
        int column = 2 * (lane & 3);
        return new SumTile
        {
            Left = new Float4
            {
                X = column < row ? 0 : tile.Left.X,
                Y = column + 1 < row ? 0 : tile.Left.Y,
                Z = 0,
                W = 0,
            },
            Right = new Float4
            {
                X = tile.Right.X,
                Y = tile.Right.Y,
                Z = column < row ? 0 : tile.Right.Z,
                W = column + 1 < row ? 0 : tile.Right.W,
            },
        };
    }
}

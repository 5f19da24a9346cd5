using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Attention block by block in shared memory, for elements and head sizes that tensor cores do not take. What differs from
/// <see cref="AttentionNaive{T, TStorage}"/>, and why:
/// <list type="bullet">
/// <item>A group owns 16 rows, four a warp, and streams the others through shared memory in tiles of 32: each element that
/// is loaded serves 16 rows instead of one.</item>
/// <item>Scores are computed a row of the tile a lane, so that no product is summed across lanes; weights pass through
/// shared memory once, and sums are then kept four features a lane.</item>
/// <item>The forward pass goes through the keys once, with a running softmax.</item>
/// </list>
/// Per pair of a query and a key it sees, with d features a head: forward 4d FLOPs, backward 14d (scores are computed in
/// both of its kernels). At length L in fp32: 2 L^2 d FLOPs a head against 4 L d (2 + 2 / group size) bytes from memory, so
/// L / 8 FLOPs a byte or more: bound by arithmetic, and by shared memory, which brings 16 bytes a lane and 64 to all for
/// 32 FLOPs a lane.
/// </summary>
/// <remarks>Heads of more than 128 features take the naive rung.</remarks>
internal sealed partial class AttentionGpu<T, TStorage> : Attention<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float, RowLayout> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<T>, ArrayView<T>, AttentionShape> dots;
    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<T>, AttentionShape, float, RowLayout> keyValueGradient;
    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<T>, AttentionShape, float, RowLayout> queryGradient;
    private readonly AttentionNaive<T, TStorage> naive;

    public AttentionGpu(Device device)
    {
        Accelerator accelerator = device.Accelerator;
        forward = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float, RowLayout>(ForwardKernel));
        dots = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<T>, ArrayView<T>, AttentionShape>(DotsKernel));
        keyValueGradient = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<T>, AttentionShape, float, RowLayout>(KeyValueKernel));
        queryGradient = device.Watched(this, accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<T>, AttentionShape, float, RowLayout>(QueryKernel));
        naive = new AttentionNaive<T, TStorage>(device);
    }

    private protected override void LaunchForward(in Tensor<T> output, in Tensor<float> logSumExp, in Tensor<T> qkv, AttentionShape shape)
    {
        if (shape.HeadSize > RowTiles<T, TStorage>.MostFeatures)
        {
            naive.Forward(output, logSumExp, qkv, shape);
            return;
        }

        forward(Blocks(shape, shape.Heads), output.View, logSumExp.View, qkv.View, shape, shape.Scale, Layout(shape, IsAligned(output) && IsAligned(qkv)));
    }

    private protected override void LaunchBackward(
        in Tensor<T> qkvGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> output,
        in Tensor<float> logSumExp,
        in Tensor<T> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        if (shape.HeadSize > RowTiles<T, TStorage>.MostFeatures)
        {
            naive.Backward(qkvGradient, outputGradient, output, logSumExp, qkv, scratch, shape);
            return;
        }

        RowLayout layout = Layout(shape, IsAligned(qkvGradient) && IsAligned(outputGradient) && IsAligned(qkv));
        int rows = RowTiles<T, TStorage>.Threads / RowTiles<T, TStorage>.Lanes;
        dots(new KernelConfig(Tiling.Count((long)shape.Tokens * shape.Heads, rows), RowTiles<T, TStorage>.Threads), scratch.View, outputGradient.View, output.View, shape);
        keyValueGradient(Blocks(shape, shape.KeyValueHeads), qkvGradient.View, outputGradient.View, logSumExp.View, scratch.View, qkv.View, shape, shape.Scale, layout);
        queryGradient(Blocks(shape, shape.Heads), qkvGradient.View, outputGradient.View, logSumExp.View, scratch.View, qkv.View, shape, shape.Scale, layout);
    }

    private static KernelConfig Blocks(AttentionShape shape, int heads) =>
        new(checked(Tiling.Count(shape.Length, RowTiles<T, TStorage>.GroupRows) * shape.Batch * heads), RowTiles<T, TStorage>.Threads);

    private static RowLayout Layout(AttentionShape shape, bool aligned) =>
        new() { Features = shape.HeadSize, Vectors = aligned && shape.HeadSize % 4 == 0 ? 1 : 0 };

    private static unsafe bool IsAligned(in Tensor<T> tensor) => tensor.View.LoadEffectiveAddressAsPtr() % (4 * sizeof(T)) == 0;

    private static void ForwardKernel(ArrayView<T> output, ArrayView<float> logSumExp, ArrayView<T> qkv, AttentionShape shape, float scale, RowLayout layout)
    {
        const int Queries = RowTiles<T, TStorage>.TileQuads;
        const int Weights = Queries + (RowTiles<T, TStorage>.GroupRows * RowTiles<T, TStorage>.OwnedStride);
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(Weights + RowTiles<T, TStorage>.Threads);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int heads = shape.Batch * shape.Heads;
        int sequence = Grid.IdxX % heads / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        int firstQuery = (((shape.Length - 1) / RowTiles<T, TStorage>.GroupRows) - (Grid.IdxX / heads)) * RowTiles<T, TStorage>.GroupRows;
        int end = XMath.Min(firstQuery + RowTiles<T, TStorage>.GroupRows, shape.Length);
        int warpQuery = firstQuery + (warp * RowTiles<T, TStorage>.WarpRows);
        long firstToken = (long)sequence * shape.Length;
        long keys = (firstToken * shape.QkvColumns) + shape.OutputColumns + (head / shape.GroupSize * shape.HeadSize);
        long queries = ((firstToken + firstQuery) * shape.QkvColumns) + (head * shape.HeadSize);
        int owned = Queries + (warp * RowTiles<T, TStorage>.WarpRows * RowTiles<T, TStorage>.OwnedStride);
        int weights = Weights + (warp * RowTiles<T, TStorage>.Lanes);
        RowTiles<T, TStorage>.Load(shared, Queries, RowTiles<T, TStorage>.OwnedStride, qkv, queries, shape.QkvColumns, RowTiles<T, TStorage>.GroupRows, end - firstQuery, layout);

        RowSums sums = default;
        Float4 largest = Fill(float.NegativeInfinity);
        Float4 weightSums = default;
        for (int first = 0; first < end; first += RowTiles<T, TStorage>.Lanes)
        {
            RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, qkv, keys + ((long)first * shape.QkvColumns), shape.QkvColumns, RowTiles<T, TStorage>.Lanes, shape.Length - first, layout);
            Group.Barrier();
            Float4 scores = RowTiles<T, TStorage>.Multiply(shared, lane * RowTiles<T, TStorage>.TileStride, owned, layout);
            scores = HideLater(scores, first + lane - warpQuery, float.NegativeInfinity);
            var newLargest = new Float4
            {
                X = XMath.Max(largest.X, WarpLanes.Max(scores.X)),
                Y = XMath.Max(largest.Y, WarpLanes.Max(scores.Y)),
                Z = XMath.Max(largest.Z, WarpLanes.Max(scores.Z)),
                W = XMath.Max(largest.W, WarpLanes.Max(scores.W)),
            };
            Float4 factors = Exponentials(largest, newLargest, scale);
            Float4 exponentials = Exponentials(scores, newLargest, scale);
            largest = newLargest;
            weightSums = new Float4
            {
                X = (weightSums.X * factors.X) + exponentials.X,
                Y = (weightSums.Y * factors.Y) + exponentials.Y,
                Z = (weightSums.Z * factors.Z) + exponentials.Z,
                W = (weightSums.W * factors.W) + exponentials.W,
            };
            shared[weights + lane] = exponentials;
            Group.Barrier();
            RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, qkv, keys + shape.KeyValueColumns + ((long)first * shape.QkvColumns), shape.QkvColumns, RowTiles<T, TStorage>.Lanes, shape.Length - first, layout);
            Group.Barrier();
            sums = RowTiles<T, TStorage>.Add(RowTiles<T, TStorage>.Scale(sums, factors), shared, weights, 0, layout);
            Group.Barrier();
        }

        // Each lane has summed the weights of its own keys.
        weightSums = new Float4
        {
            X = WarpLanes.Sum(weightSums.X),
            Y = WarpLanes.Sum(weightSums.Y),
            Z = WarpLanes.Sum(weightSums.Z),
            W = WarpLanes.Sum(weightSums.W),
        };
        var inverses = new Float4 { X = 1 / weightSums.X, Y = 1 / weightSums.Y, Z = 1 / weightSums.Z, W = 1 / weightSums.W };
        int count = end - warpQuery;
        long target = ((firstToken + warpQuery) * shape.OutputColumns) + (head * shape.HeadSize);
        RowTiles<T, TStorage>.Store(output, target, shape.OutputColumns, RowTiles<T, TStorage>.Scale(sums, inverses), count, layout);
        long statistic = shape.StatisticIndex(sequence, head, warpQuery);
        if (lane < XMath.Min(count, RowTiles<T, TStorage>.WarpRows))
            logSumExp[statistic + lane] = (scale * Row(largest, lane)) + XMath.Log(Row(weightSums, lane));
    }

    /// <summary>The difference comes before the factor, so that no rounding of a large score's product is left in the exponent.</summary>
    private static Float4 Exponentials(Float4 scores, Float4 largest, float scale) => new()
    {
        X = XMath.Exp((scores.X - largest.X) * scale),
        Y = XMath.Exp((scores.Y - largest.Y) * scale),
        Z = XMath.Exp((scores.Z - largest.Z) * scale),
        W = XMath.Exp((scores.W - largest.W) * scale),
    };

    /// <summary>Rows are four queries after another; <paramref name="hidden"/> for those before a key that lies so far after the first.</summary>
    private static Float4 HideLater(Float4 scores, int after, float hidden) => new()
    {
        X = after > 0 ? hidden : scores.X,
        Y = after > 1 ? hidden : scores.Y,
        Z = after > 2 ? hidden : scores.Z,
        W = after > 3 ? hidden : scores.W,
    };

    private static Float4 Fill(float value) => new() { X = value, Y = value, Z = value, W = value };

    private static float Row(Float4 rows, int row)
    {
        float upper = row == 0 ? rows.X : rows.Y;
        float lower = row == 2 ? rows.Z : rows.W;
        return row < 2 ? upper : lower;
    }
}

using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Blocks of <see cref="AttentionBlock{TFloats}.Extent"/> tokens in SIMD. In the forward pass and for the queries' gradient an item
/// of work is a block of queries of one head, which goes over the keys up to its own; for the keys' and values' gradients
/// it is a block of keys of one key/value head, which goes over the queries from its own on. Nothing is written twice.
/// </summary>
/// <remarks>
/// Blocks start at fixed positions of the sequence and a lane never reads another, so a token's result depends on nothing
/// but the tokens it sees. On the diagonal only the 16 x 16 squares that hold a visible score are computed.
/// </remarks>
internal sealed unsafe partial class AttentionCpu<TFloats> : Attention<float>
    where TFloats : unmanaged, IFloats<TFloats>
{
    private const int Extent = AttentionBlock<TFloats>.Extent;
    private const int Lanes = AttentionBlock<TFloats>.Lanes;

    /// <summary>
    /// Floating-point operations of the forward pass that a tile has at least, where there are so many: some 10
    /// microseconds of work against the one that a tile costs.
    /// </summary>
    private const long OperationsPerTile = 1 << 19;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> queryGradient;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> keyValueGradient;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> wholeGradient;

    public AttentionCpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(ForwardKernel));
        queryGradient = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(QueryGradientKernel));
        keyValueGradient = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(KeyValueGradientKernel));
        wholeGradient = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(WholeGradientKernel));
    }

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<float> logSumExp, in Tensor<float> qkv, AttentionShape shape) =>
        forward(Tiles(shape, QueryBlocks(shape)), output.View, logSumExp.View, qkv.View, shape);

    private protected override void LaunchBackward(
        in Tensor<float> qkvGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> output,
        in Tensor<float> logSumExp,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        if (GradientIsWhole(shape))
        {
            wholeGradient(Tiles(shape, KeyValueSequences(shape)), qkvGradient.View, scratch.View, outputGradient.View, output.View, logSumExp.View, qkv.View, shape);
            return;
        }

        queryGradient(Tiles(shape, QueryBlocks(shape)), qkvGradient.View, scratch.View, outputGradient.View, output.View, logSumExp.View, qkv.View, shape);
        keyValueGradient(Tiles(shape, KeyBlocks(shape)), qkvGradient.View, scratch.View, outputGradient.View, output.View, logSumExp.View, qkv.View, shape);
    }

    private static KernelConfig Tiles(AttentionShape shape, int items) => new(Tiling.Count(items, ItemsPerTile(shape, items)), 1);

    private static int QueryBlocks(AttentionShape shape) => shape.Batch * shape.Heads * Tiling.Count(shape.Length, Extent);

    private static int KeyBlocks(AttentionShape shape) => shape.Batch * shape.KeyValueHeads * Tiling.Count(shape.Length, Extent);

    private static int KeyValueSequences(AttentionShape shape) => shape.Batch * shape.KeyValueHeads;

    private static int ItemsPerTile(AttentionShape shape, int items)
    {
        long operations = 2L * shape.Tokens * shape.OutputColumns * (shape.Length + 1);
        return (int)Math.Clamp(OperationsPerTile * items / operations, 1, items);
    }

    private static void ForwardKernel(ArrayView<float> output, ArrayView<float> logSumExp, ArrayView<float> qkv, AttentionShape shape) =>
        ForwardTile(Grid.IdxX, output, logSumExp, qkv, shape);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardTile(int tile, ArrayView<float> output, ArrayView<float> logSumExp, ArrayView<float> qkv, AttentionShape shape)
    {
        int items = QueryBlocks(shape);
        int perTile = ItemsPerTile(shape, items);
        int end = Math.Min((tile + 1) * perTile, items);
        for (int item = tile * perTile; item < end; item++)
            ForwardBlock(item, output.Pointer(), logSumExp.Pointer(), qkv.Pointer(), shape);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardBlock(int item, float* output, float* logSumExp, float* qkv, AttentionShape shape)
    {
        int size = shape.HeadSize;
        float scale = shape.Scale;
        nint stride = shape.QkvColumns;
        (int sequence, int head, int block) = Place(item, shape.Heads, shape.Length);
        int count = Math.Min(Extent, shape.Length - (block * Extent));
        int vectors = Tiling.Count(count, Lanes);
        long firstToken = (long)sequence * shape.Length;
        long firstQuery = firstToken + (block * Extent);
        float* keys = qkv + (firstToken * stride) + shape.OutputColumns + (head / shape.GroupSize * size);

        float* queries = ThreadScratch.Floats(((2 * size) + Extent + 2) * Extent);
        float* result = queries + (size * Extent);
        float* scores = result + (size * Extent);
        float* largest = scores + (Extent * Extent);
        float* sums = largest + Extent;
        AttentionBlock<TFloats>.Pack(queries, qkv + (firstQuery * stride) + (head * size), stride, count, size);
        new Span<float>(result, size * Extent).Clear();
        new Span<float>(largest, Extent).Fill(float.NegativeInfinity);
        new Span<float>(sums, Extent).Clear();

        for (int keyBlock = 0; keyBlock <= block; keyBlock++, keys += Extent * stride)
        {
            bool diagonal = keyBlock == block;
            int keyCount = diagonal ? count : Extent;
            int step = diagonal ? Lanes : Extent;
            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key : 0;
                AttentionBlock<TFloats>.Multiply(
                    new Panel(scores + (key * Extent) + hidden, Extent),
                    new Elements(keys + (key * stride), stride, 1),
                    new Panel(queries + hidden, Extent),
                    Math.Min(step, keyCount - key),
                    size,
                    vectors - (hidden / Lanes),
                    accumulate: false);
            }

            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                int visible = diagonal ? Math.Min(lane + Lanes, keyCount) : keyCount;
                if (diagonal)
                    AttentionBlock<TFloats>.HideLaterKeyRows(scores + lane, lane, visible);
                Exponentiate(scores + lane, visible, scale * VectorMath.Log2E, largest + lane, sums + lane, result + lane, size);
            }

            float* values = keys + shape.KeyValueColumns;
            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key : 0;
                AttentionBlock<TFloats>.Multiply(
                    new Panel(result + hidden, Extent),
                    new Elements(values + (key * stride), 1, stride),
                    new Panel(scores + (key * Extent) + hidden, Extent),
                    size,
                    Math.Min(step, keyCount - key),
                    vectors - (hidden / Lanes),
                    accumulate: true);
            }
        }

        float* logSum = logSumExp + shape.StatisticIndex(sequence, head, block * Extent);
        for (int query = 0; query < count; query++)
        {
            logSum[query] = (scale * largest[query]) + MathF.Log(sums[query]);
            sums[query] = 1 / sums[query];
        }

        AttentionBlock<TFloats>.Unpack(output + (firstQuery * shape.OutputColumns) + (head * size), shape.OutputColumns, result, count, size, sums);
    }

    /// <summary>
    /// One step of the running softmax for 16 queries: scores become 2^(scale (score - largest so far)), and what was
    /// summed up under an earlier largest score is scaled to the new one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exponentiate(float* scores, int keys, float scale, float* largest, float* sums, float* result, int size)
    {
        TFloats scales = TFloats.Create(scale);
        TFloats before = TFloats.Load(largest);
        TFloats now = before;
        for (int key = 0; key < keys; key++)
            now = TFloats.Max(now, TFloats.Load(scores + (key * Extent)));
        TFloats sum = TFloats.Load(sums);
        if (!TFloats.AllEqual(before, now))
        {
            TFloats correction = VectorMath.Exp2(scales * (before - now));
            sum *= correction;
            for (int feature = 0; feature < size; feature++)
            {
                float* row = result + (feature * Extent);
                TFloats.Store(TFloats.Load(row) * correction, row);
            }
        }

        for (int key = 0; key < keys; key++)
        {
            float* row = scores + (key * Extent);
            // Subtracted first, the largest score's weight is 1 to the bit; a fused multiply-add would leave its rounding in the exponent.
            TFloats weight = VectorMath.Exp2((TFloats.Load(row) - now) * scales);
            TFloats.Store(weight, row);
            sum += weight;
        }

        TFloats.Store(now, largest);
        TFloats.Store(sum, sums);
    }

    /// <summary>
    /// The sequence, head and block of an item. Blocks of a head alternate between its ends, so that any run of items, which
    /// is what a thread gets, has nearly the same share of short and of long ones.
    /// </summary>
    private static (int Sequence, int Head, int Block) Place(int item, int heads, int length)
    {
        int blocks = Tiling.Count(length, Extent);
        int turn = item % blocks;
        int block = turn % 2 == 0 ? turn / 2 : blocks - 1 - (turn / 2);
        int row = item / blocks;
        return (row / heads, row % heads, block);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Blocks of <see cref="AttentionBlock.Extent"/> tokens in SIMD. In the forward pass and for the queries' gradient a tile
/// is a block of queries of one head, which goes over the keys up to its own; for the keys' and values' gradients it is a
/// block of keys of one key/value head, which goes over the queries from its own on. Nothing is written by two tiles.
/// </summary>
/// <remarks>
/// Blocks start at fixed positions of the sequence and a lane never reads another, so a token's result depends on nothing
/// but the tokens it sees. On the diagonal only the 16 x 16 squares that hold a visible score are computed.
/// </remarks>
internal sealed unsafe partial class AttentionCpu : Attention
{
    private const int Extent = AttentionBlock.Extent;
    private const int Lanes = AttentionBlock.Lanes;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> queryGradient;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape> keyValueGradient;

    public AttentionCpu(Device device)
    {
        forward = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(ForwardKernel);
        queryGradient = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(QueryGradientKernel);
        keyValueGradient = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape>(KeyValueGradientKernel);
    }

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<float> logSumExp, in Tensor<float> qkv, AttentionShape shape)
    {
        int tiles = shape.Batch * shape.Heads * Tiling.Count(shape.Length, Extent);
        forward(new KernelConfig(tiles, 1), output.View, logSumExp.View, qkv.View, shape);
    }

    private protected override void LaunchBackward(
        in Tensor<float> qkvGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> output,
        in Tensor<float> logSumExp,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        int blocks = Tiling.Count(shape.Length, Extent);
        queryGradient(new KernelConfig(shape.Batch * shape.Heads * blocks, 1), qkvGradient.View, scratch.View, outputGradient.View, output.View, logSumExp.View, qkv.View, shape);
        keyValueGradient(new KernelConfig(shape.Batch * shape.KeyValueHeads * blocks, 1), qkvGradient.View, scratch.View, outputGradient.View, logSumExp.View, qkv.View, shape);
    }

    private static void ForwardKernel(ArrayView<float> output, ArrayView<float> logSumExp, ArrayView<float> qkv, AttentionShape shape) =>
        ForwardTile(Grid.IdxX, output, logSumExp, qkv, shape);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardTile(int tile, ArrayView<float> output, ArrayView<float> logSumExp, ArrayView<float> qkv, AttentionShape shape)
    {
        int size = shape.HeadSize;
        nint stride = shape.QkvColumns;
        (int sequence, int head, int block) = Place(tile, shape.Heads, shape.Length);
        int count = Math.Min(Extent, shape.Length - (block * Extent));
        int vectors = Tiling.Count(count, Lanes);
        long firstToken = (long)sequence * shape.Length;
        long firstQuery = firstToken + (block * Extent);
        float* keys = qkv.Pointer() + (firstToken * stride) + shape.OutputColumns + (head / shape.GroupSize * size);

        float* queries = ThreadScratch.Floats((2 * size * Extent) + (Extent * Extent) + (2 * Extent));
        float* result = queries + (size * Extent);
        float* scores = result + (size * Extent);
        float* largest = scores + (Extent * Extent);
        float* sums = largest + Extent;
        AttentionBlock.Pack(queries, qkv.Pointer() + (firstQuery * stride) + (head * size), stride, count, size, shape.Scale);
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
                int hidden = diagonal ? key / Lanes : 0;
                float* panel = scores + (key * Extent) + (hidden * Lanes);
                AttentionBlock.Multiply(panel, keys + (key * stride), stride, 1, queries + (hidden * Lanes), Math.Min(step, keyCount - key), size, vectors - hidden, accumulate: false);
            }

            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                int visible = diagonal ? Math.Min(lane + Lanes, keyCount) : keyCount;
                if (diagonal)
                    HideLaterKeyRows(scores + lane, lane, visible);
                Exponentiate(scores + lane, visible, largest + lane, sums + lane, result + lane, size);
            }

            float* values = keys + shape.KeyValueColumns;
            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key / Lanes : 0;
                float* panel = scores + (key * Extent) + (hidden * Lanes);
                AttentionBlock.Multiply(result + (hidden * Lanes), values + (key * stride), 1, stride, panel, size, Math.Min(step, keyCount - key), vectors - hidden, accumulate: true);
            }
        }

        float* logSum = logSumExp.Pointer() + (((long)sequence * shape.Heads) + head) * shape.Length + (block * Extent);
        for (int query = 0; query < count; query++)
        {
            logSum[query] = largest[query] + MathF.Log(sums[query]);
            sums[query] = 1 / sums[query];
        }

        AttentionBlock.Unpack(output.Pointer() + (firstQuery * shape.OutputColumns) + (head * size), shape.OutputColumns, result, count, size, sums);
    }

    /// <summary>Hides keys of the diagonal block from the queries before them: query lanes from <paramref name="lane"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void HideLaterKeyRows(float* scores, int lane, int end)
    {
        for (int key = lane; key < end; key++)
        {
            float* row = scores + (key * Extent);
            Vector512.Store(Vector512.Load(row) + AttentionBlock.HiddenBelow(key - lane), row);
        }
    }

    /// <summary>
    /// One step of the running softmax for 16 queries: scores become exp(score - largest so far), and what was summed up
    /// under an earlier largest score is scaled to the new one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exponentiate(float* scores, int keys, float* largest, float* sums, float* result, int size)
    {
        Vector512<float> before = Vector512.Load(largest);
        Vector512<float> now = before;
        for (int key = 0; key < keys; key++)
            now = Vector512.Max(now, Vector512.Load(scores + (key * Extent)));
        Vector512<float> sum = Vector512.Load(sums);
        if (!Vector512.EqualsAll(before, now))
        {
            Vector512<float> correction = VectorMath.Exp(before - now);
            sum *= correction;
            for (int feature = 0; feature < size; feature++)
            {
                float* row = result + (feature * Extent);
                Vector512.Store(Vector512.Load(row) * correction, row);
            }
        }

        for (int key = 0; key < keys; key++)
        {
            float* row = scores + (key * Extent);
            Vector512<float> weight = VectorMath.Exp(Vector512.Load(row) - now);
            Vector512.Store(weight, row);
            sum += weight;
        }

        Vector512.Store(now, largest);
        Vector512.Store(sum, sums);
    }

    /// <summary>
    /// The sequence, head and block of a tile. Blocks of a head alternate between its ends, so that any run of tiles, which
    /// is what a thread gets, has nearly the same share of short and of long ones.
    /// </summary>
    private static (int Sequence, int Head, int Block) Place(int tile, int heads, int length)
    {
        int blocks = Tiling.Count(length, Extent);
        int turn = tile % blocks;
        int block = turn % 2 == 0 ? turn / 2 : blocks - 1 - (turn / 2);
        int row = tile / blocks;
        return (row / heads, row % heads, block);
    }
}

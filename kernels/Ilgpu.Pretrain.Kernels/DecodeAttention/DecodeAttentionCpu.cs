using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A tile is a sequence and some of its key/value heads, with the query heads that share them. It goes through the cache
/// position by position, so that memory is read in one stream: of many sequences the cache does not fit into the
/// processor's, and reading it is what a step takes.
/// </summary>
/// <remarks>What a head gets does not depend on the heads of its tile: sums run over features, or over positions in order.</remarks>
internal sealed unsafe class DecodeAttentionCpu<TFloats> : DecodeAttention
    where TFloats : unmanaged, IFloats<TFloats>
{
    /// <summary>Tiles where there are so many heads: enough for the cores, few enough to leave the heads of a position side by side.</summary>
    private const int Tiles = 64;

    /// <summary>Positions whose values are added to the output at a time.</summary>
    private const int Positions = 4;

    private const int Lanes = 16;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int> step;

    public DecodeAttentionCpu(Device device) =>
        step = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int>(StepKernel));

    private protected override void Launch(
        in Tensor<float> output,
        in Tensor<float> keyCache,
        in Tensor<float> valueCache,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape,
        int position)
    {
        int tilesPerSequence = Math.Clamp(Tiles / shape.Batch, 1, shape.KeyValueHeads);
        step(new KernelConfig(shape.Batch * tilesPerSequence, 1), output.View, keyCache.View, valueCache.View, qkv.View, scratch.View, shape, position, tilesPerSequence);
    }

    private static void StepKernel(
        ArrayView<float> output,
        ArrayView<float> keyCache,
        ArrayView<float> valueCache,
        ArrayView<float> qkv,
        ArrayView<float> scores,
        AttentionShape shape,
        int position,
        int tilesPerSequence) => StepTile(Grid.IdxX, output, keyCache, valueCache, qkv, scores, shape, position, tilesPerSequence);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void StepTile(
        int tile,
        ArrayView<float> output,
        ArrayView<float> keyCache,
        ArrayView<float> valueCache,
        ArrayView<float> qkv,
        ArrayView<float> scores,
        AttentionShape shape,
        int position,
        int tilesPerSequence)
    {
        (int sequence, int part) = Math.DivRem(tile, tilesPerSequence);
        int size = shape.HeadSize;
        int stride = shape.KeyValueColumns;
        int count = position + 1;
        int firstHead = shape.KeyValueHeads * part / tilesPerSequence;
        int heads = (shape.KeyValueHeads * (part + 1) / tilesPerSequence) - firstHead;
        int firstQueryHead = firstHead * shape.GroupSize;
        int queryHeads = heads * shape.GroupSize;
        long cached = ((long)sequence * shape.Length * stride) + (firstHead * size);
        float* keys = keyCache.Pointer() + cached;
        float* values = valueCache.Pointer() + cached;
        float* token = qkv.Pointer() + ((long)sequence * shape.QkvColumns);
        float* queries = token + (firstQueryHead * size);
        float* newKey = token + shape.OutputColumns + (firstHead * size);
        float* weights = scores.Pointer() + ((((long)sequence * shape.Heads) + firstQueryHead) * shape.Length);
        float* target = output.Pointer() + ((long)sequence * shape.OutputColumns) + (firstQueryHead * size);
        new Span<float>(newKey, heads * size).CopyTo(new Span<float>(keys + ((long)position * stride), heads * size));
        new Span<float>(newKey + stride, heads * size).CopyTo(new Span<float>(values + ((long)position * stride), heads * size));

        for (int p = 0; p < count; p++, keys += stride)
        {
            for (int head = 0; head < queryHeads; head++)
                weights[((long)head * shape.Length) + p] = shape.Scale * Dot(queries + (head * size), keys + (head / shape.GroupSize * size), size);
        }

        float* sums = stackalloc float[queryHeads];
        for (int head = 0; head < queryHeads; head++)
            sums[head] = Exponentiate(weights + ((long)head * shape.Length), count);
        new Span<float>(target, queryHeads * size).Clear();
        for (int p = 0; p < count; p += Positions, values += (long)Positions * stride)
        {
            for (int head = 0; head < queryHeads; head++)
                AddValues(target + (head * size), weights + ((long)head * shape.Length) + p, values + (head / shape.GroupSize * size), stride, size, Math.Min(Positions, count - p));
        }

        for (int head = 0; head < queryHeads; head++)
            Scale(target + (head * size), size, 1 / sums[head]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* query, float* key, int size)
    {
        TFloats sums = TFloats.Zero;
        int i = 0;
        for (; i <= size - Lanes; i += Lanes)
            sums = TFloats.MultiplyAdd(TFloats.Load(query + i), TFloats.Load(key + i), sums);
        float sum = TFloats.Sum(sums);
        for (; i < size; i++)
            sum += query[i] * key[i];
        return sum;
    }

    /// <summary>scores = exp(scores - their largest); returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int count)
    {
        float largest = float.NegativeInfinity;
        for (int position = 0; position < count; position++)
            largest = MathF.Max(largest, scores[position]);
        TFloats largests = TFloats.Create(largest);
        TFloats sums = TFloats.Zero;
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            TFloats weights = VectorMath.Exp(TFloats.Load(scores + i) - largests);
            TFloats.Store(weights, scores + i);
            sums += weights;
        }

        float sum = TFloats.Sum(sums);
        for (; i < count; i++)
        {
            scores[i] = TFloats.First(VectorMath.Exp(TFloats.Create(scores[i] - largest)));
            sum += scores[i];
        }

        return sum;
    }

    /// <summary>target += the weighted values of up to <see cref="Positions"/> positions, one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddValues(float* target, float* weights, float* values, int stride, int size, int count)
    {
        int feature = 0;
        for (; feature <= size - Lanes; feature += Lanes)
        {
            TFloats sums = TFloats.Load(target + feature);
            float* value = values + feature;
            for (int position = 0; position < count; position++, value += stride)
                sums = TFloats.MultiplyAdd(TFloats.Create(weights[position]), TFloats.Load(value), sums);
            TFloats.Store(sums, target + feature);
        }

        for (; feature < size; feature++)
        {
            float* value = values + feature;
            for (int position = 0; position < count; position++, value += stride)
                target[feature] += weights[position] * *value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* target, int size, float factor)
    {
        int i = 0;
        for (; i <= size - Lanes; i += Lanes)
            TFloats.Store(TFloats.Load(target + i) * factor, target + i);
        for (; i < size; i++)
            target[i] *= factor;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>A tile is a sequence and key/value head, with the query heads that share it: its cache is read by one core.</summary>
internal sealed unsafe class DecodeAttentionCpu : DecodeAttention
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, int> step;

    public DecodeAttentionCpu(Device device) =>
        step = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, int>(StepKernel));

    private protected override void Launch(
        in Tensor<float> output,
        in Tensor<float> keyCache,
        in Tensor<float> valueCache,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape,
        int position) =>
        step(new KernelConfig(shape.Batch * shape.KeyValueHeads, 1), output.View, keyCache.View, valueCache.View, qkv.View, scratch.View, shape, position);

    private static void StepKernel(
        ArrayView<float> output,
        ArrayView<float> keyCache,
        ArrayView<float> valueCache,
        ArrayView<float> qkv,
        ArrayView<float> scores,
        AttentionShape shape,
        int position) => StepTile(Grid.IdxX, output, keyCache, valueCache, qkv, scores, shape, position);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepTile(
        int tile,
        ArrayView<float> output,
        ArrayView<float> keyCache,
        ArrayView<float> valueCache,
        ArrayView<float> qkv,
        ArrayView<float> scores,
        AttentionShape shape,
        int position)
    {
        int sequence = tile / shape.KeyValueHeads;
        int keyValueHead = tile % shape.KeyValueHeads;
        int size = shape.HeadSize;
        int stride = shape.KeyValueColumns;
        long cached = ((long)sequence * shape.Length * stride) + (keyValueHead * size);
        float* keys = keyCache.Pointer() + cached;
        float* values = valueCache.Pointer() + cached;
        float* token = qkv.Pointer() + ((long)sequence * shape.QkvColumns);
        float* newKey = token + shape.OutputColumns + (keyValueHead * size);
        new Span<float>(newKey, size).CopyTo(new Span<float>(keys + ((long)position * stride), size));
        new Span<float>(newKey + stride, size).CopyTo(new Span<float>(values + ((long)position * stride), size));

        int lastHead = (keyValueHead + 1) * shape.GroupSize;
        for (int head = keyValueHead * shape.GroupSize; head < lastHead; head++)
        {
            float* weights = scores.Pointer() + (((long)sequence * shape.Heads) + head) * shape.Length;
            float* target = output.Pointer() + ((long)sequence * shape.OutputColumns) + (head * size);
            Score(weights, token + (head * size), keys, stride, size, position + 1, shape.Scale);
            float sum = Exponentiate(weights, position + 1);
            WeightedSum(target, weights, values, stride, size, position + 1, 1 / sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(float* scores, float* query, float* keys, int stride, int size, int count, float scale)
    {
        for (int position = 0; position < count; position++, keys += stride)
        {
            Vector512<float> sums = Vector512<float>.Zero;
            int i = 0;
            for (; i <= size - Vector512<float>.Count; i += Vector512<float>.Count)
                sums = Vector512.FusedMultiplyAdd(Vector512.Load(query + i), Vector512.Load(keys + i), sums);
            float sum = Vector512.Sum(sums);
            for (; i < size; i++)
                sum += query[i] * keys[i];
            scores[position] = scale * sum;
        }
    }

    /// <summary>scores = exp(scores - their largest); returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int count)
    {
        float largest = float.NegativeInfinity;
        for (int position = 0; position < count; position++)
            largest = MathF.Max(largest, scores[position]);
        Vector512<float> largests = Vector512.Create(largest);
        Vector512<float> sums = Vector512<float>.Zero;
        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> weights = VectorMath.Exp(Vector512.Load(scores + i) - largests);
            Vector512.Store(weights, scores + i);
            sums += weights;
        }

        float sum = Vector512.Sum(sums);
        for (; i < count; i++)
        {
            scores[i] = VectorMath.Exp(Vector512.CreateScalar(scores[i] - largest)).ToScalar();
            sum += scores[i];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightedSum(float* target, float* weights, float* values, int stride, int size, int count, float factor)
    {
        int feature = 0;
        for (; feature <= size - Vector512<float>.Count; feature += Vector512<float>.Count)
        {
            Vector512<float> sums = Vector512<float>.Zero;
            float* value = values + feature;
            for (int position = 0; position < count; position++, value += stride)
                sums = Vector512.FusedMultiplyAdd(Vector512.Create(weights[position]), Vector512.Load(value), sums);
            Vector512.Store(sums * factor, target + feature);
        }

        for (; feature < size; feature++)
        {
            float sum = 0;
            float* value = values + feature;
            for (int position = 0; position < count; position++, value += stride)
                sum += weights[position] * *value;
            target[feature] = sum * factor;
        }
    }
}

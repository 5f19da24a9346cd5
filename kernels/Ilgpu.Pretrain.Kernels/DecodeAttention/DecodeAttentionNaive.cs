using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread a sequence and query head. The new key and value are read from where they were computed, so that only the
/// first head of a group has to write them to the cache.
/// </summary>
internal sealed class DecodeAttentionNaive : DecodeAttention
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, float, int> step;

    public DecodeAttentionNaive(Device device) =>
        step = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, float, int>(StepHead));

    private protected override void Launch(
        in Tensor<float> output,
        in Tensor<float> keyCache,
        in Tensor<float> valueCache,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape,
        int position) =>
        step(shape.Batch * shape.Heads, output.View, keyCache.View, valueCache.View, qkv.View, scratch.View, shape, shape.Scale, position);

    private static void StepHead(
        Index1D index,
        ArrayView<float> output,
        ArrayView<float> keyCache,
        ArrayView<float> valueCache,
        ArrayView<float> qkv,
        ArrayView<float> scores,
        AttentionShape shape,
        float scale,
        int position)
    {
        int head = index % shape.Heads;
        int sequence = index / shape.Heads;
        int size = shape.HeadSize;
        int keyValueHead = head / shape.GroupSize;
        long query = ((long)sequence * shape.QkvColumns) + (head * size);
        long newKey = ((long)sequence * shape.QkvColumns) + shape.OutputColumns + (keyValueHead * size);
        long newValue = newKey + shape.KeyValueColumns;
        long cached = ((long)sequence * shape.Length * shape.KeyValueColumns) + (keyValueHead * size);
        long target = ((long)sequence * shape.OutputColumns) + (head * size);
        long firstScore = (((long)sequence * shape.Heads) + head) * shape.Length;

        float largest = float.NegativeInfinity;
        for (int other = 0; other <= position; other++)
        {
            long key = cached + ((long)other * shape.KeyValueColumns);
            float dot = 0;
            for (int feature = 0; feature < size; feature++)
                dot += qkv[query + feature] * (other == position ? qkv[newKey + feature] : keyCache[key + feature]);
            scores[firstScore + other] = scale * dot;
            largest = XMath.Max(largest, scale * dot);
        }

        float sum = 0;
        for (int other = 0; other <= position; other++)
        {
            float weight = XMath.Exp(scores[firstScore + other] - largest);
            scores[firstScore + other] = weight;
            sum += weight;
        }

        for (int feature = 0; feature < size; feature++)
        {
            float weighted = scores[firstScore + position] * qkv[newValue + feature];
            for (int other = 0; other < position; other++)
                weighted += scores[firstScore + other] * valueCache[cached + ((long)other * shape.KeyValueColumns) + feature];
            output[target + feature] = weighted / sum;
        }

        if (head % shape.GroupSize != 0)
            return;
        long appended = cached + ((long)position * shape.KeyValueColumns);
        for (int feature = 0; feature < size; feature++)
        {
            keyCache[appended + feature] = qkv[newKey + feature];
            valueCache[appended + feature] = qkv[newValue + feature];
        }
    }
}

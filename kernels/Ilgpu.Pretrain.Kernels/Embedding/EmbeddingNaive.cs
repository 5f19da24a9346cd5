using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an output element; backward, each thread looks through all ids for its row's.</summary>
internal sealed class EmbeddingNaive : Embedding
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, int> forward;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int> backward;

    public EmbeddingNaive(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, int>(ForwardElement));
        backward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int>(BackwardElement));
    }

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<int> ids, in Tensor<float> table) =>
        forward(checked((int)output.Length), output.View, ids.View, table.View, table.Columns);

    private protected override void LaunchBackward(
        in Tensor<float> tableGradient,
        in Tensor<float> outputGradient,
        in Tensor<int> ids,
        bool accumulate) =>
        backward(checked((int)tableGradient.Length), tableGradient.View, outputGradient.View, ids.View, tableGradient.Columns, accumulate ? 1 : 0);

    private static void ForwardElement(Index1D i, ArrayView<float> output, ArrayView<int> ids, ArrayView<float> table, int columns)
    {
        int token = i / columns;
        output[i] = table[((long)ids[token] * columns) + (i % columns)];
    }

    private static void BackwardElement(
        Index1D i,
        ArrayView<float> tableGradient,
        ArrayView<float> outputGradient,
        ArrayView<int> ids,
        int columns,
        int accumulate)
    {
        int id = i / columns;
        int column = i % columns;
        float sum = accumulate != 0 ? tableGradient[i] : 0;
        for (long token = 0; token < ids.Length; token++)
        {
            if (ids[token] == id)
                sum += outputGradient[(token * columns) + column];
        }

        tableGradient[i] = sum;
    }
}

using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row, and for the gain's gradient one thread a column.</summary>
internal sealed class RmsNormNaive<T, TStorage> : RmsNorm<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float> forward;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<T>, int> inputGradient;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, int> gainGradient;

    public RmsNormNaive(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float>(ForwardRow));
        inputGradient = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<T>, int>(InputGradientRow));
        gainGradient = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, int>(GainGradientColumn));
    }

    private protected override void LaunchForward(
        in Tensor<T> output,
        in Tensor<float> inverseRms,
        in Tensor<float> input,
        in Tensor<float> gain,
        float epsilon) =>
        forward(input.Rows, output.View, inverseRms.View, input.View, gain.View, epsilon);

    private protected override void LaunchBackward(
        in Tensor<float> inputGradient,
        in Tensor<float> gainGradient,
        in Tensor<T> outputGradient,
        in Tensor<float> input,
        in Tensor<float> inverseRms,
        in Tensor<float> gain,
        in Tensor<float> addend,
        in Tensor<float> scratch,
        bool accumulate,
        Tensor<T>? rounded)
    {
        this.gainGradient(input.Columns, gainGradient.View, outputGradient.View, input.View, inverseRms.View, accumulate ? 1 : 0);
        this.inputGradient(input.Rows, inputGradient.View, outputGradient.View, input.View, inverseRms.View, gain.View, addend.View, (rounded ?? outputGradient).View, rounded is null ? 0 : 1);
    }

    private static void ForwardRow(
        Index1D row,
        ArrayView<T> output,
        ArrayView<float> inverseRms,
        ArrayView<float> input,
        ArrayView<float> gain,
        float epsilon)
    {
        long columns = gain.Length;
        long start = row * columns;
        float squares = 0;
        for (long column = 0; column < columns; column++)
            squares += input[start + column] * input[start + column];
        float r = InverseRms(squares, columns, epsilon);
        inverseRms[row] = r;
        for (long column = 0; column < columns; column++)
            output[start + column] = TStorage.FromSingle(input[start + column] * r * gain[column]);
    }

    private static void InputGradientRow(
        Index1D row,
        ArrayView<float> inputGradient,
        ArrayView<T> outputGradient,
        ArrayView<float> input,
        ArrayView<float> inverseRms,
        ArrayView<float> gain,
        ArrayView<float> addend,
        ArrayView<T> rounded,
        int rounds)
    {
        long columns = gain.Length;
        long start = row * columns;
        float r = inverseRms[row];
        float dot = 0;
        for (long column = 0; column < columns; column++)
            dot += gain[column] * TStorage.ToSingle(outputGradient[start + column]) * input[start + column];
        float scale = dot / columns * r * r;
        for (long column = 0; column < columns; column++)
        {
            long i = start + column;
            float gradient = addend[i] + (r * ((gain[column] * TStorage.ToSingle(outputGradient[i])) - (input[i] * scale)));
            inputGradient[i] = gradient;
            if (rounds != 0)
                rounded[i] = TStorage.FromSingle(gradient);
        }
    }

    private static void GainGradientColumn(
        Index1D column,
        ArrayView<float> gainGradient,
        ArrayView<T> outputGradient,
        ArrayView<float> input,
        ArrayView<float> inverseRms,
        int accumulate)
    {
        long columns = gainGradient.Length;
        float sum = 0;
        for (long row = 0; row < inverseRms.Length; row++)
        {
            long i = (row * columns) + column;
            sum += TStorage.ToSingle(outputGradient[i]) * input[i] * inverseRms[row];
        }

        gainGradient[column] = accumulate != 0 ? gainGradient[column] + sum : sum;
    }
}

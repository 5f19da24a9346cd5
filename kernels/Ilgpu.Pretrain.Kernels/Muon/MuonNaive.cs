using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a block for the sums, one an element for the rest; a launch a matrix.</summary>
internal sealed class MuonNaive<T, TStorage> : Muon<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double> accumulate;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double> normalize;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<T>, int> combine;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<T>, double, double, ArrayView<BFloat16>> update;

    public MuonNaive(Device device)
    {
        accumulate = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double>(AccumulateBlock));
        normalize = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double>(NormalizeElement));
        combine = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<T>, int>(CombineElement));
        update = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<T>, double, double, ArrayView<BFloat16>>(UpdateElement));
    }

    private protected override void LaunchAccumulate(MuonGroup group, ArrayView<float> momentum, ArrayView<float> gradients, ArrayView<float> norm, double decay)
    {
        int block = 0;
        foreach (MuonMatrix matrix in group.Matrices)
        {
            int blocks = Tiling.Count(matrix.Length, MuonGroup.BlockLength);
            accumulate(blocks, group.Sums.SubView(block, blocks), Of(momentum, group, matrix), Of(gradients, group, matrix), norm, decay);
            block += blocks;
        }
    }

    private protected override void LaunchNormalize(
        MuonGroup group,
        ArrayView<T> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay)
    {
        int block = 0;
        foreach (MuonMatrix matrix in group.Matrices)
        {
            int blocks = Tiling.Count(matrix.Length, MuonGroup.BlockLength);
            normalize(
                checked((int)matrix.Length),
                Of(x, group, matrix),
                group.Sums.SubView(block, blocks),
                Of(momentum, group, matrix),
                Of(gradients, group, matrix),
                norm,
                decay);
            block += blocks;
        }
    }

    private protected override void LaunchCombine(MuonGroup group, ArrayView<T> squares, ArrayView<T> grams)
    {
        for (int i = 0; i < group.Matrices.Length; i++)
        {
            int order = group.Matrices[i].Order;
            int length = checked(order * order);
            combine(length, squares.SubView(group.GramOffsets[i], length), grams.SubView(group.GramOffsets[i], length), order);
        }
    }

    private protected override void LaunchUpdate(
        MuonGroup group,
        ArrayView<float> parameters,
        ArrayView<T> x,
        double kept,
        double rate,
        ArrayView<BFloat16> rounded)
    {
        foreach (MuonMatrix matrix in group.Matrices)
        {
            update(
                checked((int)matrix.Length),
                Of(parameters, group, matrix),
                Of(x, group, matrix),
                kept,
                rate * (float)matrix.UpdateScale,
                rounded.Length == 0 ? rounded : Of(rounded, group, matrix));
        }
    }

    private static ArrayView<TElement> Of<TElement>(ArrayView<TElement> view, MuonGroup group, MuonMatrix matrix)
        where TElement : unmanaged => view.SubView(matrix.Offset - group.Start, matrix.Length);

    private static void AccumulateBlock(
        Index1D block,
        ArrayView<double> sums,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay)
    {
        double clip = norm[1];
        double sum = 0;
        long first = block * (long)MuonGroup.BlockLength;
        for (long i = first; i < first + MuonGroup.BlockLength && i < momentum.Length; i++)
        {
            float m = (float)((decay * momentum[i]) + (clip * gradients[i]));
            momentum[i] = m;
            double u = (decay * m) + (clip * gradients[i]);
            sum += u * u;
        }

        sums[block] = sum;
    }

    private static void NormalizeElement(
        Index1D i,
        ArrayView<T> x,
        ArrayView<double> sums,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay)
    {
        double sum = 0;
        for (long block = 0; block < sums.Length; block++)
            sum += sums[block];
        double u = (decay * momentum[i]) + ((double)norm[1] * gradients[i]);
        x[i] = TStorage.FromSingle(sum > 0 ? (float)(u / XMath.Sqrt(sum)) : 0);
    }

    private static void CombineElement(Index1D i, ArrayView<T> squares, ArrayView<T> grams, int order)
    {
        float diagonal = i % (order + 1) == 0 ? NewtonSchulz.Linear : 0;
        squares[i] = TStorage.FromSingle(
            diagonal + (NewtonSchulz.Cubic * TStorage.ToSingle(grams[i])) + (NewtonSchulz.Quintic * TStorage.ToSingle(squares[i])));
    }

    private static void UpdateElement(
        Index1D i,
        ArrayView<float> parameters,
        ArrayView<T> x,
        double kept,
        double rate,
        ArrayView<BFloat16> rounded)
    {
        float parameter = (float)((parameters[i] * kept) - (rate * TStorage.ToSingle(x[i])));
        parameters[i] = parameter;
        if (rounded.Length != 0)
            rounded[i] = BFloat16.FromSingle(parameter);
    }
}

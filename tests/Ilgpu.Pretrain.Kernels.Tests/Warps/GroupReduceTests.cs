using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Reductions over groups of one warp and of many, and reciprocals.</summary>
public sealed class GroupReduceTests
{
    /// <summary>What <see cref="ReduceKernel"/> writes for each thread.</summary>
    private const int Results = 7;

    [Theory]
    [InlineData(32)]
    [InlineData(96)]
    [InlineData(256)]
    public void Every_thread_gets_the_sum_and_the_largest_of_its_group(int threads)
    {
        const int Groups = 2;
        Device device = TestDevices.SimulatedWarps;
        using var memory = new TestMemory(device);
        float[] values = new Inputs(threads).Normal(Groups * threads);
        Tensor<float> results = memory.Poisoned(values.Length, Results);
        Tensor<double> sums = memory.Allocate<double>(1, Groups);
        device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<double>, ArrayView<float>>(ReduceKernel)(
            new KernelConfig(Groups, threads), results.View, sums.View, memory.Input(values, 1, values.Length).View);
        float[] actual = results.ToArray();
        double[] actualSums = sums.ToArray();
        for (int group = 0; group < Groups; group++)
        {
            float[] members = values[(group * threads)..((group + 1) * threads)];
            double sum = members.ToDoubles().Sum();
            // Sums of 256 in fp64: a few 1e-16 of their terms.
            Assert.Equal(sum, actualSums[group], 1e-12);
            for (int thread = group * threads; thread < (group + 1) * threads; thread++)
            {
                float[] own = actual[(thread * Results)..((thread + 1) * Results)];
                // Five additions in a warp and seven of warps, of values near ten.
                Tolerance.FewRoundings.AssertClose([sum, sum, 2 * sum, 3 * sum, 4 * sum], own.AsSpan(0, 5), "sums");
                Assert.Equal(members.Max(), own[5]);
                Tolerance.FewRoundings.AssertClose([1 / (double)values[thread]], own.AsSpan(6, 1), "reciprocal");
                Bits.AssertEqual(actual.AsSpan(group * threads * Results, 6), own.AsSpan(0, 6), "in all threads");
            }
        }
    }

    private static void ReduceKernel(ArrayView<float> results, ArrayView<double> sums, ArrayView<float> values)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(4 * GroupReduce.Scratch);
        ArrayView<double> doubles = SharedMemory.Allocate<double>(GroupReduce.DoubleScratch);
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        float value = values[thread];
        int target = thread * Results;
        results[target] = GroupReduce.Sum(value, scratch);
        Float4 four = GroupReduce.Sum(new Float4 { X = value, Y = 2 * value, Z = 3 * value, W = 4 * value }, scratch);
        results[target + 1] = four.X;
        results[target + 2] = four.Y;
        results[target + 3] = four.Z;
        results[target + 4] = four.W;
        results[target + 5] = GroupReduce.Max(value, scratch);
        results[target + 6] = Approximate.Reciprocal(value);
        double sum = GroupReduce.SumInFirst(value, doubles);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = sum;
    }
}

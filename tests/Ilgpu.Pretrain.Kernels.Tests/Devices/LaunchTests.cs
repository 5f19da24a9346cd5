using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What the kernels rely on in a launch, from ILGPU's CPU accelerator and from the stand-in alike.</summary>
public sealed partial class LaunchTests
{
    public static TheoryData<int, int> ThreadsAndCounts => new MatrixTheoryData<int, int>([1, 2, 3], [1, 2, 3, 7, 8, 9, 200]);

    [Theory]
    [MemberData(nameof(ThreadsAndCounts))]
    public void Every_group_runs_once(int threads, int groups)
    {
        Device device = TestDevices.CpuWithThreads(threads);
        using var memory = new TestMemory(device);
        Tensor<int> counts = memory.Allocate<int>(1, groups);
        Action<KernelConfig, ArrayView<int>> kernel = device.Accelerator.LoadStreamKernel<ArrayView<int>>(CountGroup);
        kernel(new KernelConfig(groups, 1), counts.View);
        kernel(new KernelConfig(groups, 1), counts.View);
        Assert.All(counts.ToArray(), count => Assert.Equal(2, count));
    }

    [Theory]
    [MemberData(nameof(ThreadsAndCounts))]
    public void Every_index_runs_once(int threads, int indices)
    {
        Device device = TestDevices.CpuWithThreads(threads);
        using var memory = new TestMemory(device);
        Tensor<int> counts = memory.Allocate<int>(1, indices);
        Action<Index1D, ArrayView<int>, int> kernel = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int>(AddAtIndex);
        kernel(indices, counts.View, 1);
        kernel(indices, counts.View, 2);
        Assert.All(counts.ToArray(), count => Assert.Equal(3, count));
    }

    /// <summary>Some groups take a thousand times as long as others, so that threads come and go within a launch and between launches.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Many_launches_of_uneven_groups_lose_and_repeat_nothing(int threads)
    {
        const int Launches = 300;
        const int MostGroups = 9;
        Device device = TestDevices.CpuWithThreads(threads);
        using var memory = new TestMemory(device);
        Tensor<int> sums = memory.Allocate<int>(1, MostGroups);
        Action<KernelConfig, ArrayView<int>, int, int> kernel = device.Accelerator.LoadStreamKernel<ArrayView<int>, int, int>(AddUnevenly);
        var expected = new int[MostGroups];
        for (int launch = 1; launch <= Launches; launch++)
        {
            int groups = 1 + (launch % MostGroups);
            kernel(new KernelConfig(groups, 1), sums.View, launch, launch % 5 == 0 ? 20_000 : 20);
            for (int group = 0; group < groups; group++)
                expected[group] += launch;
            if (launch % 50 == 0)
                Thread.Sleep(2);
        }

        Assert.Equal(expected, sums.ToArray());
    }

    [Fact]
    public void Views_of_views_are_the_elements_they_name()
    {
        Device device = TestDevices.Cpu;
        using var memory = new TestMemory(device);
        Tensor<int> source = memory.Input([.. Enumerable.Range(100, 20)], 1, 20);
        Tensor<int> target = memory.Allocate<int>(1, 5);
        ArrayView<int> nested = source.View.SubView(4, 12).SubView(3, 8);
        device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, int>(CopyFromSubView)(new KernelConfig(1, 1), target.View, nested, 2);
        Assert.Equal([109, 110, 111, 112, 113], target.ToArray());
    }

    [Fact]
    public void Twelve_arguments_arrive_in_order()
    {
        Device device = TestDevices.Cpu;
        using var memory = new TestMemory(device);
        Tensor<int> target = memory.Allocate<int>(1, 11);
        device.Accelerator.LoadStreamKernel<ArrayView<int>, int, int, int, int, int, int, int, int, int, int, int>(StoreEleven)(
            new KernelConfig(1, 1), target.View, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Assert.Equal(Enumerable.Range(1, 11), target.ToArray());
        device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int, int, int, int, int, int, int, int, int, int>(StoreTen)(
            1, target.View, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
        Assert.Equal(Enumerable.Range(11, 10), target.ToArray()[..10]);
    }

    /// <summary>Bytes that one launch allocates on the calling thread, the same for each.</summary>
    private static long AllocatedPerLaunch(Device device)
    {
        const int Launches = 50;
        using var memory = new TestMemory(device);
        Tensor<int> counts = memory.Allocate<int>(1, 8);
        Action<KernelConfig, ArrayView<int>> grouped = device.Accelerator.LoadStreamKernel<ArrayView<int>>(CountGroup);
        Action<Index1D, ArrayView<int>, int> indexed = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int>(AddAtIndex);
        long Measure()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int launch = 0; launch < Launches; launch++)
            {
                grouped(new KernelConfig(8, 1), counts.View);
                indexed(8, counts.View, 1);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        _ = Measure();
        long first = Measure();
        long second = Measure();
        TestContext.Current.TestOutputHelper?.WriteLine($"{first / (2.0 * Launches)} bytes a launch");
        Assert.Equal(first, second);
        return first / (2 * Launches);
    }

    private static void CountGroup(ArrayView<int> counts) => counts[Grid.IdxX] += 1;

    private static void AddAtIndex(Index1D index, ArrayView<int> counts, int addend) => counts[index] += addend;

    private static void AddUnevenly(ArrayView<int> sums, int addend, int spins)
    {
        Dawdle(Grid.IdxX, spins);
        sums[Grid.IdxX] += addend;
    }

    [IntrinsicImplementation]
    private static void Dawdle(int group, int spins) => Thread.SpinWait(group % 3 == 0 ? spins : 0);

    private static void CopyFromSubView(ArrayView<int> target, ArrayView<int> source, int first)
    {
        ArrayView<int> part = source.SubView(first, target.Length);
        for (long i = 0; i < part.Length; i++)
            target[i] = part[i];
    }

    private static void StoreEleven(ArrayView<int> target, int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k)
    {
        StoreTen(0, target, a, b, c, d, e, f, g, h, i, j);
        target[10] = k;
    }

    private static void StoreTen(Index1D index, ArrayView<int> target, int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
    {
        target[index] = a;
        target[1] = b;
        target[2] = c;
        target[3] = d;
        target[4] = e;
        target[5] = f;
        target[6] = g;
        target[7] = h;
        target[8] = i;
        target[9] = j;
    }
}

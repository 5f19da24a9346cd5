using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What the stand-in promises beyond ILGPU.</summary>
public sealed partial class LaunchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_launch_allocates_nothing(int threads) => Assert.Equal(0, AllocatedPerLaunch(TestDevices.CpuWithThreads(threads)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_exception_in_a_kernel_reaches_the_launch_and_the_next_launch_runs(int threads)
    {
        Device device = TestDevices.CpuWithThreads(threads);
        using var memory = new TestMemory(device);
        Tensor<int> counts = memory.Allocate<int>(1, 50);
        Action<KernelConfig, int> failing = device.Accelerator.LoadStreamKernel<int>(Fail);
        Action<KernelConfig, ArrayView<int>> counting = device.Accelerator.LoadStreamKernel<ArrayView<int>>(CountGroup);
        for (int round = 1; round <= 20; round++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => failing(new KernelConfig(50, 1), round));
            Assert.Equal("group 7 failed", thrown.Message);
            counting(new KernelConfig(50, 1), counts.View);
            Assert.All(counts.ToArray(), count => Assert.Equal(round, count));
        }
    }

    [Fact]
    public void Elements_outside_a_view_are_refused()
    {
        using var memory = new TestMemory(TestDevices.Cpu);
        ArrayView<int> view = memory.Allocate<int>(1, 5).View;
        Assert.Throws<ArgumentOutOfRangeException>(() => view[5]);
        Assert.Throws<ArgumentOutOfRangeException>(() => view[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => view.SubView(2, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.SubView(5, 0));
    }

    [Fact]
    public void Launches_that_it_cannot_run_are_refused()
    {
        Accelerator accelerator = TestDevices.Cpu.Accelerator;
        Action<KernelConfig, int> grouped = accelerator.LoadStreamKernel<int>(Fail);
        Assert.Throws<ArgumentOutOfRangeException>(() => grouped(new KernelConfig(0, 1), 0));
        Assert.Throws<NotSupportedException>(() => grouped(new KernelConfig(1, 3), 0));
        Action<Index1D, ArrayView<int>, int> indexed = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int>(AddAtIndex);
        Assert.Throws<ArgumentOutOfRangeException>(() => indexed(0, default, 0));
    }

    [Fact]
    public void Closing_a_device_frees_what_is_left_on_it()
    {
        Device device = Device.OpenCpu(2);
        MemoryBuffer left = device.Accelerator.AllocateRaw(10, 4);
        device.Dispose();
        Assert.Equal(0, left.NativePtr);
        left.Dispose();
    }

    private static void Fail(int round) => ThrowInGroupSeven(Grid.IdxX);

    [IntrinsicImplementation]
    private static void ThrowInGroupSeven(int group)
    {
        if (group == 7)
            throw new InvalidOperationException($"group {group} failed");
    }
}

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Launches on a device whose launches are profiled.</summary>
public sealed class LaunchProfileTests
{
    private const int Rows = 64;
    private const int Columns = 48;

    [Fact]
    public void Launches_are_counted_and_timed_by_the_class_that_launches_while_the_profile_is_on()
    {
        using var device = Device.OpenCpu(2);
        LaunchProfile profile = device.ProfileLaunches();
        using var op = new ForwardCall(device);
        op.Run();
        Assert.Empty(profile.ByOp);
        profile.IsOn = true;
        op.Run();
        op.Run();
        profile.IsOn = false;
        op.Run();
        LaunchTotals totals = Assert.Single(profile.ByOp);
        Assert.Equal("SwiGluCpu", totals.Op);
        Assert.Equal(2, totals.Launches);
        Assert.True(totals.Seconds > 0);
        Assert.Equal(totals.AllocatedBytes, profile.AllocatedBytes);
        profile.Clear();
        Assert.Equal(0, profile.Launches);
    }

    [Fact]
    public void A_watched_launch_writes_the_same_bits()
    {
        using var watchedDevice = Device.OpenCpu(2);
        watchedDevice.ProfileLaunches().IsOn = true;
        using var watched = new ForwardCall(watchedDevice);
        using var plain = new ForwardCall(TestDevices.Cpu);
        Assert.Equal(plain.Run(), watched.Run());
    }

    [Fact]
    public void Without_a_profile_an_op_has_the_loaded_delegate_itself()
    {
        Action launch = () => { };
        Assert.Same(launch, TestDevices.Cpu.Watched(this, launch));
    }

    /// <summary>So that what is allocated inside launches is what as many empty ones would allocate: nothing of ours.</summary>
    [Fact]
    public void What_a_launch_allocates_does_not_depend_on_its_work()
    {
        using var device = Device.OpenCpu(2);
        LaunchProfile profile = device.ProfileLaunches();
        profile.IsOn = true;
        using var small = new ForwardCall(device, rows: 1);
        using var large = new ForwardCall(device, rows: 4096);
        Assert.Equal(Least(small), Least(large));

        long Least(ForwardCall op) => Enumerable.Range(0, 20).Min(_ =>
        {
            profile.Clear();
            op.Run();
            return profile.AllocatedBytes;
        });
    }

    /// <summary>SwiGLU's forward pass on fixed inputs.</summary>
    private sealed class ForwardCall : IDisposable
    {
        private readonly SwiGlu<float> op;
        private readonly TestMemory memory;
        private readonly Tensor<float> gateUp;
        private readonly Tensor<float> output;

        public ForwardCall(Device device, int rows = Rows)
        {
            op = SwiGlu.Create<float>(device);
            memory = new TestMemory(device);
            gateUp = memory.Input([.. Enumerable.Range(0, rows * 2 * Columns).Select(i => (i % 97 / 50f) - 1)], rows, 2 * Columns);
            output = memory.Poisoned(rows, Columns);
        }

        public float[] Run()
        {
            op.Forward(output, gateUp);
            return output.ToArray();
        }

        public void Dispose() => memory.Dispose();
    }
}

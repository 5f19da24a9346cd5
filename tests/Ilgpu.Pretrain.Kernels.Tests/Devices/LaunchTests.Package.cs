namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed partial class LaunchTests
{
    /// <summary>ILGPU's own few objects a launch: constant, so that a step's allocations can be told from ours.</summary>
    [Fact]
    public void A_launch_allocates_the_same_each_time() => Assert.InRange(AllocatedPerLaunch(TestDevices.Cpu), 1, 1024);
}

using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>A device that fails in the middle of a run, as ILGPU says it.</summary>
public sealed class DeviceFailureTests : IDisposable
{
    private readonly TestRuns runs = new();

    [Fact]
    public void The_last_checkpoint_is_kept_and_the_same_run_goes_on_from_it()
    {
        var failing = new RecordingProgress { AfterStep = step => ThrowAt(step, 7) };
        string message = Assert.Throws<DeviceFailedException>(() => runs.Run("run", progress: failing)).Message;
        Assert.Contains("cpu failed at step", message, StringComparison.Ordinal);
        Assert.Contains("the checkpoint of step 5 is kept", message, StringComparison.Ordinal);
        var resumed = new RecordingProgress();
        Assert.Equal(TrainingStatus.Finished, runs.Run("run", progress: resumed).Status);
        Assert.Equal(5, resumed.Start!.FromStep);
    }

    public void Dispose() => runs.Dispose();

    private static void ThrowAt(long step, long failing)
    {
        if (step == failing)
            throw new LostDeviceException();
    }

    private sealed class LostDeviceException() : AcceleratorException("the device was lost", null!)
    {
        public override AcceleratorType AcceleratorType => AcceleratorType.Cuda;
    }
}

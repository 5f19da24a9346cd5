using System.Diagnostics;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using MathNet.Numerics.Statistics;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>Measures training steps of a model: time, operations, time by op, allocations, memory.</summary>
public static class StepBench
{
    /// <param name="device">Its launches are profiled from here on.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">Windows a step.</param>
    /// <param name="length">Tokens a window.</param>
    /// <param name="precision">Of the residual branches.</param>
    /// <param name="optimizer">What takes the step.</param>
    /// <param name="repeats">Steps measured, after one that is not.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    /// <exception cref="InputException">The model or an option is not valid, or the device does not compute in the precision.</exception>
    public static StepMeasurement Measure(
        Device device,
        LlamaConfig model,
        int batch,
        int length,
        ComputePrecision precision,
        OptimizerKind optimizer,
        int repeats,
        CancellationToken cancellation)
    {
        ModelPlan plan = ModelPlan.Of(model, TrainingStep.OptionsOf(batch, length, precision), optimizer);
        LaunchProfile profile = device.ProfileLaunches();
        using var step = new TrainingStep(device, model, batch, length, precision, optimizer);
        Time(step, device);
        var seconds = new double[repeats];
        var allocated = new long[repeats];
        var allocatedByLaunches = new long[repeats];
        profile.Clear();
        profile.IsOn = true;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            cancellation.ThrowIfCancellationRequested();
            long launchesBefore = profile.AllocatedBytes;
            long before = GC.GetTotalAllocatedBytes(precise: true);
            seconds[repeat] = Time(step, device);
            allocated[repeat] = GC.GetTotalAllocatedBytes(precise: true) - before;
            allocatedByLaunches[repeat] = profile.AllocatedBytes - launchesBefore;
        }

        profile.IsOn = false;
        // A list of ILGPU's grows in some steps: the step with the fewest bytes is the one without.
        int plainest = Array.IndexOf(allocated, allocated.Min());
        return new StepMeasurement(
            seconds.Median(),
            repeats,
            model.TrainingFlopsPerToken(length) * batch * length,
            batch * length,
            profile.Launches / repeats,
            allocated[plainest],
            allocatedByLaunches[plainest],
            profile.ByOp,
            PeakMemory.ResidentBytes(),
            plan.Total);
    }

    private static double Time(TrainingStep step, Device device)
    {
        long start = Stopwatch.GetTimestamp();
        step.Take();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

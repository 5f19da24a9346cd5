using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The first signal saves, the second one does not wait.</summary>
[Collection(nameof(StoppedRun))]
public sealed class SignalTests(StoppedRun runs)
{
    [Fact]
    public void A_termination_saves_exits_130_and_resumes_to_the_same_bits()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal.");
        string run = runs["terminated"];
        using (PretrainProcess process = PretrainProcess.Start(runs.Train("--run", run)))
        {
            process.WaitUntil(() => HasMetrics(run), "a line of metrics");
            process.Terminate();
            Outcome ended = process.WaitForEnd();
            Assert.Equal(130, ended.ExitCode);
            Assert.Contains("Interrupted at step", ended.Output, StringComparison.Ordinal);
        }

        runs.FinishToTheSameBits(run, out Outcome resumed);
        Assert.Matches("resumed at step [1-9]", resumed.Output);
    }

    /// <summary>A step of this model takes a second, and to save it another: an end without a checkpoint waited for neither.</summary>
    [Fact]
    public void A_second_interrupt_ends_at_once()
    {
        Assert.SkipUnless(PretrainProcess.CanInterrupt, "Interrupts are ignored here, as in a shell's background job, or there are none.");
        string run = runs["impatient"];
        using PretrainProcess process = PretrainProcess.Start(
            "train", "--data", runs.Dataset, "--model", "150m", "--length", "256", "--batch", "4", "--steps", "9", "--log-every", "1", "--device", "cpu", "--run", run);
        process.WaitUntil(() => HasMetrics(run), "a first step");
        process.Interrupt();
        Thread.Sleep(100);
        Assert.False(process.HasEnded, "the first interrupt was not waited for");
        // More than once: a process that a busy machine has not let run sees two as one.
        while (!process.HasEnded && process.TryInterrupt())
            Thread.Sleep(50);
        Assert.Equal(130, process.WaitForEnd().ExitCode);
        Assert.Null(RunFolder.FindCheckpoint(run, RunFolder.ReadConfig(run), Assert.Fail));
    }

    private static bool HasMetrics(string run) => new FileInfo(Path.Combine(run, "metrics.jsonl")) is { Exists: true, Length: > 0 };
}

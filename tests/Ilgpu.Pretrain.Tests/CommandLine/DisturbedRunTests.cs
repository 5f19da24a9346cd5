using System.Diagnostics;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Whatever happens to a run's processes and files between two steps, it ends with the bits of one that nothing happened to.</summary>
[Collection(nameof(StoppedRun))]
public sealed class DisturbedRunTests(StoppedRun runs)
{
    [Fact]
    public void Killed_twenty_times_at_random_moments_a_run_ends_with_the_same_bits()
    {
        const int Kills = 20;
        // Twenty times as many steps are less than the run has.
        const int MostSteps = 15;
        const int MostMilliseconds = 500;
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string run = runs["killed"];
        string[] train = runs.TrainWith(checkpointEvery: 5, "--run", run);
        for (int kill = 0; kill < Kills; kill++)
        {
            long steps = NewestStep(run) + random.Next(1, MostSteps);
            // In its start or in its first steps; or in whatever comes soon after some of them.
            TimeSpan moment = kill % 2 == 0 ? TimeSpan.FromMilliseconds(random.Next(MostMilliseconds)) : TimeSpan.MaxValue;
            using PretrainProcess process = PretrainProcess.Start(train);
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < moment && NewestStep(run) < steps && !process.HasEnded)
                Thread.Sleep(1);
            Assert.False(process.HasEnded, $"seed {seed}, kill {kill}: the process ended by itself");
            process.Kill();
            process.WaitForEnd();
        }

        Outcome last = PretrainProcess.Run(train);
        Assert.True(last.ExitCode == 0, $"seed {seed}: {last.Errors}");
        Assert.Matches("resumed at step [1-9]", last.Output);
        Assert.DoesNotContain("damaged", last.Output, StringComparison.Ordinal);
        runs.AssertSameEnd(run);
    }

    [Theory]
    [InlineData(Checkpoint.ModelFileName, "cut")]
    [InlineData(Checkpoint.ModelFileName, "flipped")]
    [InlineData(Checkpoint.ModelFileName, "missing")]
    [InlineData(Checkpoint.OptimizerFileName, "cut")]
    [InlineData(Checkpoint.OptimizerFileName, "flipped")]
    [InlineData(Checkpoint.OptimizerFileName, "missing")]
    [InlineData(Checkpoint.StateFileName, "cut")]
    [InlineData(Checkpoint.StateFileName, "flipped")]
    [InlineData(Checkpoint.StateFileName, "missing")]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_used(string file, string damage)
    {
        string run = runs.Copy($"{damage}-{file}");
        string checkpoint = StoppedRun.CheckpointIn(run, StoppedRun.NewestCheckpoint);
        Inflict(damage, Path.Combine(checkpoint, file));
        runs.FinishToTheSameBits(run, out Outcome ended);
        string notice = Assert.Single(ended.Output.Split('\n'), line => line.Contains("damaged", StringComparison.Ordinal));
        Assert.Contains($"Checkpoint '{checkpoint}' is damaged ({file}", notice, StringComparison.Ordinal);
        Assert.Contains($"resumed at step {StoppedRun.CheckpointBefore}", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_that_jumps_changes_nothing()
    {
        string run = runs.Copy("clock");
        DateTime[] times = [DateTime.UtcNow.AddYears(5), new DateTime(1990, 1, 1, 0, 0, 0, DateTimeKind.Utc)];
        string[] files = Directory.GetFiles(run, "*", SearchOption.AllDirectories);
        for (int i = 0; i < files.Length; i++)
            File.SetLastWriteTimeUtc(files[i], times[i % times.Length]);
        string environment = Path.Combine(run, "environment.json");
        File.WriteAllText(environment, File.ReadAllText(environment).Replace("\"started\": \"20", "\"started\": \"30", StringComparison.Ordinal));
        runs.FinishToTheSameBits(run, out Outcome ended);
        Assert.Contains($"resumed at step {StoppedRun.NewestCheckpoint}", ended.Output, StringComparison.Ordinal);
    }

    private static long NewestStep(string run)
    {
        string folder = Path.Combine(run, "checkpoints");
        return Directory.Exists(folder)
            ? Directory.GetDirectories(folder, "step-*").Select(step => long.Parse(Path.GetFileName(step)["step-".Length..], null)).DefaultIfEmpty().Max()
            : 0;
    }

    private static void Inflict(string damage, string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "cut":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case "flipped":
                bytes[bytes.Length / 2] ^= 4;
                File.WriteAllBytes(path, bytes);
                break;
            default:
                File.Delete(path);
                break;
        }
    }
}

using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

public sealed class SteadyMemoryTests
{
    /// <summary>
    /// What the allocators of .NET and the C library round up to: .6 MB was seen. A leak of a
    /// kilobyte a step would be 2.2 MB, of the smallest activation 9.
    /// </summary>
    private const long Growth = 2_000_000;

    private const int Steps = 2400;

    /// <summary>Behind the first evaluation and the first checkpoint.</summary>
    private const int Warm = 220;

    [Fact]
    public void Memory_is_flat_over_two_thousand_steps()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        // Code is compiled once and the heap collected often, so that both have their size after few steps.
        using PretrainProcess process = PretrainProcess.Start(
            new Dictionary<string, string> { ["DOTNET_TieredCompilation"] = "0", ["DOTNET_GCgen0size"] = $"0x{1 << 20:X}" },
            "train", "--data", corpus.Source, "--model", "mini-xxs", "--length", "32", "--batch", "1", "--steps", $"{Steps}", "--log-every", "20",
            "--eval-every", "200", "--checkpoint-every", "200", "--device", "cpu", "--threads", "1", "--out", corpus.Runs, "--run", run);
        var samples = new List<(long Step, long Bytes)>();
        while (!process.HasEnded)
        {
            long step = RunFolder.ReadMetrics(run).LastOrDefault()?.Step ?? 0;
            if (process.ResidentBytes() is > 0 and var bytes)
                samples.Add((step, bytes));
            Thread.Sleep(50);
        }

        Assert.Equal(0, process.WaitForEnd().ExitCode);
        long warm = samples.First(sample => sample.Step >= Warm).Bytes;
        long peak = samples.Max(sample => sample.Bytes);
        TestContext.Current.TestOutputHelper?.WriteLine($"{warm / 1e6:0.0} MB after {Warm} steps, {peak / 1e6:0.0} MB at most");
        Assert.InRange(peak - warm, 0, Growth);
    }
}

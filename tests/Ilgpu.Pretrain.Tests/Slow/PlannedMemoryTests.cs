using System.Text.Json;
using Ilgpu.Pretrain.Tests.CommandLine;

namespace Ilgpu.Pretrain.Tests.Slow;

/// <summary>Plans of a gigabyte and more beside what a process takes. By tests/slow.sh, not by dotnet test.</summary>
[Trait("Speed", "slow")]
public sealed class PlannedMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Theory(Explicit = true)]
    [InlineData("150m", 8192, 4, 512)]
    [InlineData("150m", 50257, 1, 2048)]
    [InlineData("300m", 8192, 1, 1024)]
    public void Peak_resident_memory_is_within_a_tenth_of_the_plan(string model, int vocabulary, int batch, int context)
    {
        using PretrainProcess process = PretrainProcess.Start(
            "bench", "--model", model, "--vocab", $"{vocabulary}", "--batch", $"{batch}", "--context", $"{context}", "--device", "cpu", "--op", "step", "--repeats", "1", "--json");
        PretrainProcess.Ended ended = process.WaitForEnd(Patience);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        Assert.True(json.RootElement.GetProperty("planned_bytes").GetInt64() >= 1_000_000_000);
        double over = json.RootElement.GetProperty("memory_over_plan").GetDouble();
        TestContext.Current.TestOutputHelper?.WriteLine($"{model}: {over:P1} over its plan");
        Assert.InRange(over, -.1, .1);
    }
}

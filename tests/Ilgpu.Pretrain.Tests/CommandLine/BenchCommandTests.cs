using System.Text.Json;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The verb bench.</summary>
public sealed class BenchCommandTests
{
    private static readonly string[] Smallest = ["bench", "--model", "mini-xxs", "--batch", "2", "--context", "32", "--device", "cpu", "--repeats", "2"];

    [Fact]
    public void A_step_is_measured_against_peaks_of_the_same_call()
    {
        using JsonDocument json = Json("--op", "step", "--vocab", "300");
        JsonElement bench = json.RootElement;
        LlamaConfig model = LlamaPresets.Find("mini-xxs")! with { Vocabulary = 300 };
        double tokensPerSecond = Number(bench, "tokens_per_second");
        Assert.Equal(64 / Number(bench, "seconds_per_step"), tokensPerSecond, 1e-6 * tokensPerSecond);
        Assert.Equal(model.TrainingFlopsPerToken(32), Number(bench, "model_flops_per_second") / tokensPerSecond, 1e-6 * model.TrainingFlopsPerToken(32));
        Assert.Equal(Number(bench, "model_flops_per_second") / Number(bench, "fma_peak_flops"), Number(bench, "fraction_of_peak"), 1e-9);
        Assert.InRange(Number(bench, "fraction_of_peak"), 1e-6, 1);
        Assert.True(Number(bench, "copy_bytes_per_second") > 1e8);
        Assert.True(Number(bench, "peak_rss_bytes") > Number(bench, "planned_bytes"));
        Assert.Equal(0, bench.GetProperty("ops").GetArrayLength());
    }

    [Fact]
    public void Our_code_allocates_nothing_in_a_step_and_the_rest_is_the_launches()
    {
        using JsonDocument json = Json("--op", "step", "--repeats", "8");
        JsonElement bench = json.RootElement;
        Assert.Equal(0, Number(bench, "allocated_bytes_per_step"));
        Assert.Equal(Number(bench, "managed_bytes_per_step"), Number(bench, "launches_per_step") * Number(bench, "allocated_bytes_per_launch"), 1e-6);
        JsonElement[] ops = [.. bench.GetProperty("time_by_op").EnumerateArray()];
        Assert.Equal(Number(bench, "launches_per_step"), ops.Sum(op => Number(op, "launches")));
        Assert.Contains("MatmulCpu", ops.Select(op => op.GetProperty("op").GetString()));
    }

    [Fact]
    public void Every_op_is_measured_at_the_models_shapes()
    {
        using JsonDocument json = Json("--op", "all");
        JsonElement[] calls = [.. json.RootElement.GetProperty("ops").EnumerateArray()];
        Assert.Equal(OpCases.Names, calls.Select(call => call.GetProperty("op").GetString()).Distinct());
        Assert.All(calls, call => Assert.True(Number(call, "seconds") > 0 && Number(call, "bytes_per_second") > 0));
        Assert.Contains(calls, call => call.GetProperty("call").GetString() == "gate and up forward 64 x 224 x 32" && Number(call, "flops_per_second") > 0);
    }

    [Fact]
    public void One_op_is_measured_alone_and_printed_as_a_table()
    {
        Outcome ended = PretrainCall.Run([.. Smallest, "--op", "swiglu"]);
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("swiglu  backward 64 x 112", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("a step:", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("matmul", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--op conv", "conv", "attention")]
    [InlineData("--repeats 0", "--repeats", "0")]
    [InlineData("--context 0", "0", "128")]
    [InlineData("--batch 0", "--batch", "0")]
    [InlineData("--vocab 0", "vocabulary", "0")]
    [InlineData("--model huge", "huge", "mini-s")]
    [InlineData("--precision bf16", "--precision", "sm_80")]
    [InlineData("--threads 0", "--threads", "0")]
    [InlineData("--model 3.2b --batch 4096", "TiB", "--batch")]
    public void A_wrong_value_gets_one_line(string arguments, string flag, string given)
    {
        Outcome ended = PretrainCall.Run(["bench", "--device", "cpu", .. arguments.Split(' ')]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(flag, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(given, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    private static JsonDocument Json(params string[] arguments)
    {
        // A flag that is given twice would be refused: the last one counts.
        List<string> all = [.. Smallest, "--json"];
        for (int i = 0; i < arguments.Length; i += 2)
        {
            int given = all.IndexOf(arguments[i]);
            if (given >= 0)
                all.RemoveRange(given, 2);
            all.AddRange(arguments[i..(i + 2)]);
        }

        Outcome ended = PretrainProcess.Run([.. all]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }

    private static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();
}

using System.Text.Json;
using Ilgpu.Pretrain.Tests.Studies;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Studies by command: worker processes, budgets, exit codes, JSON.</summary>
public sealed class StudyCommandTests : IDisposable
{
    private const string Sweep = """
        runs:
          seeds: {recipe: base, sweep: {seed: 1..4}}
        ensembles:
          all: {of: seeds}

        """;

    /// <summary>The tests' study without the dataset that is missing on purpose.</summary>
    private readonly TestStudy study = new();

    public void Dispose() => study.Dispose();

    [Fact]
    public void Two_worker_processes_give_the_results_of_one()
    {
        using JsonDocument inside = Json(0, Sweep, "--out", study["one"], "--side-by-side", "1");
        using JsonDocument outside = Json(0, Sweep, "--out", study["two"], "--processes", "2", "--export-ledger", study["ledger.jsonl"]);
        Assert.Equal(2, outside.RootElement.GetProperty("slots").GetInt32());
        Assert.Equal(Losses(inside), Losses(outside));
        Assert.Equal(8, File.ReadLines(study["ledger.jsonl"]).Count(line => line.Length > 0) + 1);

        using JsonDocument found = Json(0, Sweep, "--out", study["three"], "--ledger", study["ledger.jsonl"], "--status");
        Assert.All(found.RootElement.GetProperty("steps").EnumerateArray().Where(step => step.GetProperty("name").GetString() != "lost"), step => Assert.Equal("found", step.GetProperty("state").GetString()));
        Assert.False(Directory.Exists(study["three"]));
    }

    [Fact]
    public void A_failure_in_a_worker_process_fails_its_step_and_the_study_at_its_end()
    {
        Outcome ended = Run(Sweep.Replace("runs:", "runs:\n  wild: {recipe: base, lr: 10, wd: 0, clip: infinity, epochs: 40, schedule: constant, warmup: 0}", StringComparison.Ordinal), "--processes", "2", "--json");
        Assert.Equal(1, ended.ExitCode);
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        Assert.Equal("wild", Assert.Single(json.RootElement.GetProperty("failed").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal("done", Step(json, "all").GetProperty("state").GetString());
    }

    [Fact]
    public void What_is_sampled_for_a_student_is_logged()
    {
        Outcome ended = Run("runs:\n  teacher: {recipe: base, epochs: 1}\ndistillations:\n  student: {teacher: teacher, recipe: base, epochs: 1, synthetic: {weight: .5, tokens: 160}}\n");
        Assert.Matches("(?m)^  student: sampled 160 tokens, [0-9.]+( k| M)? tokens/s$", ended.Output);
    }

    [Fact]
    public void A_budget_too_small_for_the_first_run_is_refused()
    {
        Outcome ended = Run("runs:\n  long: {recipe: base, epochs: 1000000}\n", "--budget", "0.001");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("--budget was given 0.001; the first run, long, takes ", ended.Errors, StringComparison.Ordinal);
        Assert.Empty(study.Store.List());
    }

    [Fact]
    public void An_interrupt_saves_what_worker_processes_train_and_the_study_goes_on()
    {
        Assert.SkipUnless(PretrainProcess.CanInterrupt, "Interrupts are ignored here, as in a shell's background job, or there are none.");
        const string Long = "runs:\n  pair: {recipe: base, epochs: 400, sweep: {seed: 1..2}}\n";
        using (PretrainProcess process = PretrainProcess.Start(Arguments(Long, "--processes", "2")))
        {
            process.WaitUntil(() => study.Store.List().Count(run => new FileInfo(Path.Combine(run, "metrics.jsonl")) is { Exists: true, Length: > 0 }) == 2, "two runs under way");
            process.Interrupt();
            Assert.Equal(130, process.WaitForEnd().ExitCode);
        }

        Assert.All(study.Store.List(), run => Assert.NotEqual(0, Pretrain.Training.RunSummary.Read(run).Step));
        using JsonDocument resumed = Json(0, Long);
        Assert.Equal("done", Step(resumed, "pair").GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("--side-by-side 2 --processes 2", "--processes")]
    [InlineData("--processes 0", "--processes was given 0")]
    [InlineData("--ledger no/such/file", "no/such/file")]
    public void A_wrong_argument_is_one_line(string arguments, string says)
    {
        Outcome ended = Run(Sweep, arguments.Split(' '));
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(says, ended.ErrorLine, StringComparison.Ordinal);
    }

    private static double[] Losses(JsonDocument json) => [.. json.RootElement.GetProperty("steps").EnumerateArray().Where(step => step.TryGetProperty("loss", out _)).Select(step => step.GetProperty("loss").GetDouble())];

    private static JsonElement Step(JsonDocument json, string name) => json.RootElement.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("name").GetString() == name);

    private JsonDocument Json(int exitCode, string steps, params string[] more)
    {
        Outcome ended = Run(steps, [.. more, "--json"]);
        Assert.True(ended.ExitCode == exitCode, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }

    /// <summary>Worker processes are started by a process of the program.</summary>
    private Outcome Run(string steps, params string[] more) =>
        more.Contains("--processes") ? PretrainProcess.Run(Arguments(steps, more)) : PretrainCall.Run(Arguments(steps, more));

    private string[] Arguments(string steps, params string[] more)
    {
        string path = study.Write(steps);
        File.WriteAllText(path, File.ReadAllText(path).Replace("  gone: {source: nowhere-either}\n", "", StringComparison.Ordinal));
        return ["study", path, "--device", "cpu", "--threads", "2", .. more.Contains("--out") ? Array.Empty<string>() : ["--out", study.Out], .. more];
    }
}

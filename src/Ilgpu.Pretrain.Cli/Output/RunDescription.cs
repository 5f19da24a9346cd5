using System.Globalization;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Runs side by side, for people; and one as JSON.</summary>
internal static class RunDescription
{
    private const string Nothing = "-";

    public static void WriteTable(IReadOnlyList<RunSummary> runs, TextWriter words)
    {
        var table = new TextTable(
            ("run", false), ("state", false), ("model", false), ("parameters", true), ("tokens", true), ("epochs", true), ("lr", true), ("wd", true),
            ("seeds", true), ("validation loss", true), ("bits per byte", true), ("took", true), ("started", false));
        foreach (RunSummary run in runs)
            table.Add(Cells(run));
        table.Write(words);
        foreach (RunSummary run in runs.Where(run => run.Damage is not null))
            words.WriteLine($"{run.Name} is damaged: {run.Damage}");
        foreach (RunSummary run in runs.Where(run => run.Divergence is not null))
            words.WriteLine($"{run.Name} diverged. {run.Divergence!.Message}");
    }

    /// <summary>The fields in which the runs differ, one column a run, and what came out.</summary>
    public static void WriteComparison(IReadOnlyList<RunSummary> runs, IReadOnlyList<ConfigDifference> differences, TextWriter words)
    {
        var table = new TextTable([("", false), .. runs.Select(run => (run.Name, true))]);
        foreach (ConfigDifference difference in differences)
            table.Add([difference.Field, .. difference.Values]);
        AddResult("state", run => run.StateInWords);
        AddResult("validation loss", run => Loss(run.Result?.ValLoss));
        if (runs.Any(run => run.Result?.UnaveragedValLoss is not null))
            AddResult("not averaged", run => Loss(run.Result?.UnaveragedValLoss));
        AddResult("best validation loss", run => Loss(run.Result?.BestValLoss));
        AddResult("at step", run => run.Result is { } result ? $"{result.BestStep}" : Nothing);
        AddResult("bits per byte", run => Loss(run.Result?.BitsPerByte));
        AddResult("training loss", run => Loss(run.Result?.TrainLoss));
        AddResult("took", Duration);
        table.Write(words);

        void AddResult(string name, Func<RunSummary, string> value) => table.Add([name, .. runs.Select(value)]);
    }

    public static object ForJson(RunSummary run) => new
    {
        run.Folder,
        run.Config?.Id,
        run.State,
        reason = run.Damage ?? run.Divergence?.Message,
        step = run.State == RunState.Damaged ? null : (long?)run.Step,
        steps = run.State == RunState.Damaged ? null : run.Config?.Steps,
        parameters = run.Config?.Model.ParameterCount,
        run.Started,
        // As config.json has it, infinities as words.
        config = run.Config is { } config ? JsonNode.Parse(config.ToJson()) : null,
        run.Result,
    };

    private static string[] Cells(RunSummary run)
    {
        if (run.State == RunState.Damaged || run.Config is not { } config)
            return [run.Name, run.StateInWords, .. Enumerable.Repeat(Nothing, 10), run.Started ?? Nothing];
        return
        [
            run.Name,
            run.StateInWords,
            config.Model.Name,
            string.Create(CultureInfo.InvariantCulture, $"{config.Model.ParameterCount:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"{config.Tokens:N0}"),
            config.StepLimit is { } limit ? $"{limit} steps" : $"{config.Epochs}",
            Number(config.LearningRate),
            Number(config.WeightDecay),
            Seeds(config),
            Loss(run.Result?.ValLoss),
            Loss(run.Result?.BitsPerByte),
            Duration(run),
            run.Started ?? Nothing,
        ];
    }

    /// <summary>Initial parameters, data, dropout; one number where they are the same.</summary>
    private static string Seeds(TrainingConfig config) =>
        config.InitializationSeed == config.DataSeed && config.DataSeed == config.DropoutSeed
            ? $"{config.DataSeed}"
            : $"{config.InitializationSeed}/{config.DataSeed}/{config.DropoutSeed}";

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Loss(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Duration(RunSummary run) => run.Result is { } result ? Units.Duration(TimeSpan.FromSeconds(result.Seconds)) : Nothing;
}

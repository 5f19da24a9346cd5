using System.Globalization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Results, configurations and environments of runs as tables.</summary>
internal static class RunTables
{
    private const int MostEnvironments = 4;

    /// <summary>What came out, the lowest validation loss first.</summary>
    public static ReportTable Results(string id, IReadOnlyList<RunSummary> runs)
    {
        RunSummary[] ordered = [.. runs.OrderBy(run => run.Result?.ValLoss ?? double.PositiveInfinity)];
        return new ReportTable(
            id,
            "The lowest validation loss first",
            ["run", "state", "model", "parameters", "tokens", "epochs", "lr", "wd", "validation loss", "best", "at step", "bits per byte", "training loss", "took"],
            [.. ordered.Select(Row)])
        {
            Highlighted = ordered.Length > 1 && ordered[0].Result is not null ? 0 : null,
        };
    }

    /// <summary>All that came out of one run.</summary>
    public static ReportTable Result(string id, RunSummary run)
    {
        RunResult? result = run.Result;
        (string Name, ReportCell Cell)[] rows =
        [
            ("state", ReportCell.Of(run.State switch { RunState.Damaged => $"damaged: {run.Damage}", RunState.Diverged => $"diverged: {run.Divergence!.Message}", _ => run.StateInWords })),
            ("validation loss, nats a token", ReportCell.Exact(result?.ValLoss)),
            ("bits per byte", ReportCell.Exact(result?.BitsPerByte)),
            ("lowest validation loss", ReportCell.Exact(result?.BestValLoss)),
            ("at step", ReportCell.Count(result?.BestStep)),
            ("training loss of the last epoch", ReportCell.Exact(result?.TrainLoss)),
            ("optimizer steps", ReportCell.Count(result?.Steps)),
            ("tokens trained on", ReportCell.Count(result?.Tokens)),
            ("validation tokens", ReportCell.Count(result?.ValTokens)),
            ("parameters", ReportCell.Count(result?.Parameters ?? run.Config?.Model.ParameterCount)),
            ("FLOPs of training", ReportCell.Of(result?.TrainingFlops)),
            ("took", ReportCell.Duration(result?.Seconds)),
            ("first started", ReportCell.Of(run.Started)),
        ];
        return new ReportTable(id, "What came out", ["what", "value"], [.. rows.Where(row => row.Cell != ReportCell.Nothing).Select(row => (IReadOnlyList<ReportCell>)[ReportCell.Of(row.Name), row.Cell])]);
    }

    /// <summary>Every setting of the runs: those that differ, one row a run, and those that they share.</summary>
    public static IEnumerable<ReportTable> Configurations(string prefix, IReadOnlyList<RunSummary> runs)
    {
        TrainingConfig[] configs = [.. runs.Select(run => run.Config!)];
        IReadOnlyList<ConfigDifference> differences = ConfigDifference.Among(configs);
        if (differences.Count > 0)
        {
            yield return new ReportTable(
                $"{prefix}-differences",
                "Settings that differ",
                ["run", .. differences.Select(difference => difference.Field)],
                [.. runs.Select((run, i) => (IReadOnlyList<ReportCell>)[ReportCell.Of(run.Name), .. differences.Select(difference => Setting(difference.Values[i]))])]);
        }

        HashSet<string> differing = [.. differences.Select(difference => difference.Field)];
        yield return new ReportTable(
            $"{prefix}-configuration",
            runs.Count == 1 ? "Configuration" : "Settings in common",
            ["setting", "value"],
            [.. FlatJson.Of(configs[0]).Where(field => !differing.Contains(field.Key)).Select(field => (IReadOnlyList<ReportCell>)[ReportCell.Of(field.Key), Setting(field.Value)])])
        {
            IsFolded = runs.Count > 1,
        };
    }

    /// <summary>What worked on the runs, one column for each that is different; null where none is recorded.</summary>
    public static ReportTable? Environments(string id, IReadOnlyList<RunSummary> runs)
    {
        RunSession[] sessions = [.. runs.SelectMany(run => RunFolder.ReadEnvironment(run.Folder).Sessions)];
        IGrouping<string, RunSession>[] groups = [.. sessions.GroupBy(KeyOf)];
        if (groups.Length == 0)
            return null;
        IGrouping<string, RunSession>[] shown = [.. groups.Take(MostEnvironments)];
        (string Name, Func<IGrouping<string, RunSession>, ReportCell> Value)[] rows =
        [
            ("processes", group => ReportCell.Count(group.Count())),
            ("first started", group => ReportCell.Of(group.Min(session => session.Started))),
            ("device", group => ReportCell.Of($"{group.First().DeviceName} ({group.First().Device})")),
            ("vector instructions", group => ReportCell.Of(group.First().VectorInstructions)),
            ("threads", group => ReportCell.Count(group.First().Threads)),
            ("ILGPU", group => ReportCell.Of(group.First().Ilgpu)),
            ("numerics version", group => ReportCell.Count(group.First().NumericsVersion)),
            ("runtime", group => ReportCell.Of(group.First().Runtime)),
            ("operating system", group => ReportCell.Of(group.First().OperatingSystem)),
            ("dataset", group => ReportCell.Of(group.First().DatasetFolder)),
            ("tokenizer", group => ReportCell.Of(group.First().Tokenizer)),
        ];
        return new ReportTable(
            id,
            groups.Length > shown.Length ? $"Environment: the first {shown.Length} of {groups.Length}" : "Environment",
            ["", .. shown.Select((_, i) => shown.Length == 1 ? "value" : $"environment {i + 1}")],
            [.. rows.Select(row => (IReadOnlyList<ReportCell>)[ReportCell.Of(row.Name), .. shown.Select(row.Value)])]);
    }

    private static IReadOnlyList<ReportCell> Row(RunSummary run)
    {
        if (run.Config is not { } config || run.State == RunState.Damaged)
            return [ReportCell.Of(run.Name), ReportCell.Of($"damaged: {run.Damage}"), .. Enumerable.Repeat(ReportCell.Nothing, 12)];
        RunResult? result = run.Result;
        return
        [
            ReportCell.Of(run.Name),
            ReportCell.Of(run.StateInWords),
            ReportCell.Of(config.Model.Name),
            ReportCell.Count(config.Model.ParameterCount),
            ReportCell.Count(config.Tokens),
            config.StepLimit is { } limit ? ReportCell.Of($"{limit} steps") : ReportCell.Count(config.Epochs),
            ReportCell.Of(config.LearningRate),
            ReportCell.Of(config.WeightDecay),
            ReportCell.Loss(result?.ValLoss),
            ReportCell.Loss(result?.BestValLoss),
            ReportCell.Count(result?.BestStep),
            ReportCell.Loss(result?.BitsPerByte),
            ReportCell.Loss(result?.TrainLoss),
            ReportCell.Duration(result?.Seconds),
        ];
    }

    private static ReportCell Setting(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && ReportNumber.Exact(number) == value
            ? new ReportCell(value, number)
            : new ReportCell(value);

    private static string KeyOf(RunSession session) =>
        string.Join('\n', session.Device, session.DeviceName, session.VectorInstructions, session.Threads, session.Ilgpu, session.NumericsVersion, session.Runtime, session.OperatingSystem, session.DatasetFolder, session.Tokenizer);
}

using System.Globalization;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Finished runs as a table: every field that <c>pretrain runs</c> knows, and the laws' variables: n (parameters), n_average (their mean over the steps), u (unique
/// tokens), d (tokens trained on, those of every epoch counted), k (members), c (FLOPs), hours, loss (validation).
/// </summary>
public static class RunsTable
{
    private const string EnsemblesFolder = "ensembles";

    private static readonly string[] Own = ["kind", "n", "n_average", "u", "d", "k", "c", "hours", "loss"];

    /// <summary>The runs in a folder, one row each; those without a result are told and left out.</summary>
    /// <param name="folder">Of runs.</param>
    /// <param name="tell">Gets a line for each that is left out.</param>
    /// <exception cref="InputException">There is no such folder, or not one finished run in it.</exception>
    public static DataTable OfRuns(string folder, Action<string> tell)
    {
        RunSummary[] runs = [.. Summaries(folder)];
        foreach (RunSummary left in runs.Where(run => run.Result is null))
            tell($"{left.Name} is {left.State.ToString().ToLowerInvariant()} and left out{(left.Damage is null ? "" : $": {left.Damage}")}.");
        (string, Dictionary<string, string>)[] rows = [.. runs.Where(run => run.Result is not null).Select(run => (run.Name, Cells(run)))];
        return rows.Length > 0
            ? Table(folder, rows)
            : throw new InputException($"--runs was given '{folder}'; it has no finished run.");
    }

    /// <summary>
    /// The ensembles that were measured of runs in a folder, a row for each K: the loss of averaged logits of the first K
    /// members, or its mean over orders where that was measured, hours and c of all K.
    /// </summary>
    /// <exception cref="InputException">There is no such folder, or an ensemble's file was edited.</exception>
    public static DataTable OfEnsembles(string folder)
    {
        string store = Path.Combine(folder, EnsemblesFolder);
        var rows = new List<(string, Dictionary<string, string>)>();
        string[] ensembles = Directory.Exists(store) ? [.. Directory.GetDirectories(store).Where(EnsembleFolder.IsAt).Order(StringComparer.Ordinal)] : [];
        foreach (string ensemble in ensembles)
        {
            (EnsembleScores scores, IReadOnlyList<(RunSummary Run, int? Cycle)> members) = ReadEnsemble(ensemble);
            var trained = new Dictionary<string, double>();
            double hours = 0, flops = 0;
            for (int k = 0; k < members.Count; k++)
            {
                if (members[k].Run is not { Result: { } result, Config: { } config } run)
                    break;
                // A run is trained once, and up to the end of a snapshot's cycle, whatever is taken of it.
                double before = trained.GetValueOrDefault(run.Folder);
                double share = members[k].Cycle is { } cycle ? config.CreateSchedule().CycleEnd(cycle) / (double)config.Steps : 1;
                trained[run.Folder] = Math.Max(before, share);
                hours += (trained[run.Folder] - before) * result.Seconds / 3600;
                flops += (trained[run.Folder] - before) * result.TrainingFlops;
                Dictionary<string, string> cells = Cells(members[0].Run);
                MakeEnsemble(cells, k + 1, flops, hours, scores.LogitCurve[k]);
                rows.Add(($"{Path.GetFileName(ensemble)}, K = {k + 1}", cells));
            }
        }

        return Table(folder, rows);
    }

    /// <summary>The loss curves of the runs in a folder: curve, step, lr, loss (training) and val_loss, where the metrics have them.</summary>
    /// <returns>The rows, and the learning rates of every run by its name.</returns>
    public static (DataTable Table, IReadOnlyDictionary<string, LearningRateCurve> Schedules) OfCurves(string folder)
    {
        var rows = new List<(string, string?[])>();
        var schedules = new Dictionary<string, LearningRateCurve>();
        foreach (RunSummary run in Summaries(folder).Where(run => run is { State: not RunState.Damaged, Config: not null }))
        {
            Optimization.LearningRateSchedule schedule = run.Config!.CreateSchedule();
            schedules[run.Name] = new LearningRateCurve([.. Enumerable.Range(0, checked((int)schedule.Steps)).Select(step => schedule.At(step))], checked((int)schedule.WarmUpSteps));
            foreach (MetricsLine line in RunFolder.ReadMetrics(run.Folder).Where(line => line.Step > 0))
                rows.Add(($"{run.Name}, step {line.Step}", [run.Name, Text(line.Step - 1), line.LearningRate is { } rate ? Text(rate) : null, line.Loss is { } loss ? Text(loss) : null, line.ValLoss is { } validation ? Text(validation) : null]));
        }

        return (new DataTable(folder, ["curve", "step", "lr", "loss", "val_loss"], rows), schedules);
    }

    private static IEnumerable<RunSummary> Summaries(string folder) =>
        Directory.Exists(folder)
            ? (RunFolder.IsAt(folder) ? [folder] : new RunStore(folder).List()).Select(RunSummary.Read)
            : throw new InputException($"--runs was given '{folder}', which is not a folder; it takes a folder of runs.");

    /// <summary>Makes the cells of an ensemble's first member those of its first so many.</summary>
    internal static void MakeEnsemble(Dictionary<string, string> cells, int members, double flops, double hours, double loss)
    {
        cells["kind"] = "ensemble";
        cells["k"] = Text(members);
        cells["c"] = Text(flops);
        cells["hours"] = Text(hours);
        cells["loss"] = Text(loss);
    }

    /// <summary>A run's cells by their columns.</summary>
    internal static Dictionary<string, string> Cells(RunSummary run)
    {
        var cells = new Dictionary<string, string>(run.Fields);
        if (run.Config is { } config && run.Result is { } result)
        {
            cells["kind"] = "run";
            cells["n"] = Text(result.Parameters);
            cells["n_average"] = Text(result.AverageParameters ?? result.Parameters);
            cells["u"] = Text(config.Tokens);
            cells["d"] = Text(result.Tokens);
            cells["k"] = "1";
            cells["c"] = Text(result.TrainingFlops);
            cells["hours"] = Text(result.Seconds / 3600);
            cells["loss"] = Text(result.ValLoss);
        }

        return cells;
    }

    private static (EnsembleScores Scores, IReadOnlyList<(RunSummary Run, int? Cycle)> Members) ReadEnsemble(string folder)
    {
        try
        {
            (EnsembleManifest manifest, EnsembleScores scores) = EnsembleFolder.Read(folder);
            return (scores, [.. manifest.Members.Select(member => (RunSummary.Read(Path.GetFullPath(Path.Combine(folder, member.Folder))), member.Cycle))]);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            throw new InputException($"The ensemble in '{folder}' cannot be read: {RunJson.Describe(e)}", e);
        }
    }

    private static DataTable Table(string folder, IReadOnlyList<(string Name, Dictionary<string, string> Cells)> rows)
    {
        string[] columns = [.. Own, .. RunField.Names.Where(name => !Own.Contains(name))];
        return new DataTable(folder, columns, [.. rows.Select(row => (row.Name, columns.Select(row.Cells.GetValueOrDefault).ToArray()))]);
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

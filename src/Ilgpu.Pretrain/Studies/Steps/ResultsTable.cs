using System.Globalization;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// Results of steps as a table: a row a run, with the columns of <see cref="RunsTable"/>; a row for each K of an ensemble; a row a
/// finding of a fit, with the finding's name in <c>what</c>, what it is at, and its value as <c>loss</c>. Beside them <c>step</c>, and
/// <c>recipe</c> where a label says it.
/// </summary>
internal static class ResultsTable
{
    private const string Loss = "loss";

    public static DataTable Of(string name, IEnumerable<(string Step, string? Label, StepResult Result)> results)
    {
        var rows = new List<(string Name, Dictionary<string, string> Cells)>();
        foreach ((string step, string? label, StepResult result) in results)
        {
            foreach ((string row, Dictionary<string, string> cells) in RowsOf(step, result))
            {
                cells["step"] = step;
                if (label is not null)
                    cells["recipe"] = label;
                rows.Add((row, cells));
            }
        }

        string[] columns = [.. rows.SelectMany(row => row.Cells.Keys).Distinct()];
        return new DataTable(name, columns, [.. rows.Select(row => (row.Name, columns.Select(row.Cells.GetValueOrDefault).ToArray()))]);
    }

    private static IEnumerable<(string, Dictionary<string, string>)> RowsOf(string step, StepResult result) => result switch
    {
        EnsembleResult ensemble => RowsOf(step, ensemble),
        FitResult fit => fit.Fit.Findings.Where(finding => double.IsFinite(finding.Value)).Select((finding, i) => (FormattableString.Invariant($"{step}, finding {i + 1}"), CellsOf(finding))),
        _ => result.Runs.Select(run => (run.Name, CellsOf(run))),
    };

    private static IEnumerable<(string, Dictionary<string, string>)> RowsOf(string step, EnsembleResult ensemble)
    {
        if (ensemble.Members.Count == 0)
            throw new InputException($"The ensemble '{step}' is known from a ledger without its members' results, which say what they took.");
        double hours = 0, flops = 0;
        for (int k = 0; k < ensemble.Members.Count; k++)
        {
            hours += ensemble.Members[k].Result.Seconds / 3600;
            flops += ensemble.Members[k].Result.TrainingFlops;
            Dictionary<string, string> cells = CellsOf(ensemble.Members[0]);
            RunsTable.MakeEnsemble(cells, k + 1, flops, hours, ensemble.Scores.LogitAverage[k]);
            yield return (FormattableString.Invariant($"{step}, K = {k + 1}"), cells);
        }
    }

    private static Dictionary<string, string> CellsOf(StudyRun run) => RunsTable.Cells(new RunSummary
    {
        Folder = run.Folder ?? run.Config.Id,
        State = RunState.Finished,
        Config = run.Config,
        Result = run.Result,
        Step = run.Result.Steps,
    });

    private static Dictionary<string, string> CellsOf(LawFinding finding)
    {
        var cells = new Dictionary<string, string> { ["kind"] = "fit", ["what"] = finding.What };
        foreach ((string variable, string value) in finding.At)
        {
            cells[variable.ToLowerInvariant()] = value;
            // Whichever column the other fit took D from.
            if (variable == LawVariable.Tokens.Name)
                cells["u"] = value;
        }

        cells[Loss] = finding.Value.ToString("R", CultureInfo.InvariantCulture);
        return cells;
    }
}

using System.Globalization;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>The rows that a law is fitted to, read from runs or tables, and what was left out of them.</summary>
/// <param name="law">That is to be fitted.</param>
/// <param name="columns">Columns that were named, by variable.</param>
/// <param name="where">Conditions that rows satisfy, or null.</param>
/// <param name="holdOutWhere">Conditions of rows to hold out, or null.</param>
/// <param name="words">Gets a line for each run that cannot be used.</param>
internal sealed class FitInput(ScalingLaw law, Dictionary<string, string> columns, string? where, string? holdOutWhere, TextWriter words)
{
    private const string Csv = "--csv";

    private static readonly string[] TableEndings = [".csv", ".tsv", ".jsonl", ".json"];

    public LawData Data { get; private set; } = new([], [], new Dictionary<string, double[]>());

    /// <summary>Rows to predict instead.</summary>
    public LawData HeldOut { get; private set; } = new([], [], new Dictionary<string, double[]>());

    /// <summary>Rows of runs that diverged, whether they were left out or not.</summary>
    public IReadOnlyList<string> Diverged { get; private set; } = [];

    public bool LeftOutDiverged { get; private set; }

    /// <summary>Rows of the largest losses that were left out.</summary>
    public IReadOnlyList<string> Highest { get; private set; } = [];

    public void ReadRows(string? runs, string? csv)
    {
        DataTable table = runs is not null ? ReadRuns(runs) : ReadTables(csv!, curveColumn: false);
        Take(Filter(table), read => read);
    }

    /// <summary>Runs and ensembles that a plan is made from.</summary>
    public static LawData ReadForPlan(string? runs, string? csv, string? where, Dictionary<string, string> columns, TextWriter words)
    {
        DataTable table;
        if (runs is null)
        {
            table = ReadTables(csv!, curveColumn: false);
        }
        else
        {
            DataTable ensembles = RunsTable.OfEnsembles(runs);
            table = RunsTable.OfRuns(runs, words.WriteLine);
            table = table with { Rows = [.. table.Rows, .. ensembles.Rows] };
        }

        return Planner.Read(where is null ? table : TableFilter.Parse("--where", where).Apply(table), columns);
    }

    /// <summary>Rows of loss curves with the learning rates of their steps.</summary>
    public void ReadCurves(string? runs, string? csv, string? rate, int warmUp, string? schedules)
    {
        DataTable table;
        IReadOnlyDictionary<string, LearningRateCurve> curves;
        if (runs is not null)
        {
            (table, curves) = RunsTable.OfCurves(runs);
        }
        else
        {
            table = ReadTables(csv!, curveColumn: !columns.ContainsKey(CurveLaw.Curve.Name));
            curves = schedules is not null ? ScheduleFile.Read(schedules) : SchedulesOf(table, rate, warmUp);
        }

        // A metrics file has lines without a loss: those of the other kind.
        int loss = table.Require(LawVariable.Loss.Flag, columns.GetValueOrDefault(LawVariable.Loss.Name, LawVariable.Loss.Name));
        Take(Filter(table.Where(cells => !string.IsNullOrWhiteSpace(cells[loss]))), read => read.WithSchedules(curves));
    }

    /// <exception cref="InputException">There are not that many rows.</exception>
    public void LeaveOut(bool diverged, int highest)
    {
        IReadOnlyList<int> rows = RowSelection.Diverged(law, Data);
        Diverged = [.. rows.Select(Describe)];
        LeftOutDiverged = diverged && rows.Count > 0;
        if (diverged)
            Data = RowSelection.Without(Data, rows);
        if (highest == 0)
            return;
        LawData kept = RowSelection.DropHighest(Data, highest);
        HashSet<string> names = [.. kept.Rows];
        Highest = [.. Enumerable.Range(0, Data.Count).Where(row => !names.Contains(Data.Rows[row])).Select(Describe)];
        Data = kept;
    }

    private void Take(DataTable table, Func<LawData, LawData> complete)
    {
        LawData Read(DataTable rows) => complete(LawDataReader.Read(law, rows, Columns()));
        TableFilter? apart = holdOutWhere is null ? null : TableFilter.Parse("--hold-out-where", holdOutWhere);
        Data = Read(apart is null ? table : apart.Rest(table));
        if (apart is not null)
            HeldOut = Read(apart.Apply(table));
    }

    private string Describe(int row) => string.Create(CultureInfo.InvariantCulture, $"{Data.Rows[row]} (loss {Data.Target[row]:G6})");

    private DataTable ReadRuns(string folder)
    {
        bool takesMembers = law.Variables.Any(variable => variable.Name == LawVariable.Members.Name);
        if (!takesMembers)
            return RunsTable.OfRuns(folder, words.WriteLine);
        DataTable ensembles = RunsTable.OfEnsembles(folder);
        if (ensembles.Rows.Count > 0)
            return ensembles;
        words.WriteLine($"No ensemble was measured of the runs in {folder}: each run counts as K = 1.");
        return RunsTable.OfRuns(folder, words.WriteLine);
    }

    private DataTable Filter(DataTable table) => where is null ? table : TableFilter.Parse("--where", where).Apply(table);

    /// <summary>The columns that were named; --loss names what any law predicts.</summary>
    private Dictionary<string, string> Columns()
    {
        var named = new Dictionary<string, string>(columns);
        if (law.Target.Name != LawVariable.Loss.Name && law.Variables.All(variable => variable.Name != LawVariable.Loss.Name)
            && named.Remove(LawVariable.Loss.Name, out string? loss))
            named.TryAdd(law.Target.Name, loss);
        bool takesTokens = law.Variables.Any(variable => variable.Name == LawVariable.Tokens.Name) && !named.ContainsKey(LawVariable.Tokens.Name);
        foreach (string name in named.Keys.Where(name => !(name == "C" && takesTokens)))
        {
            if (name != law.Target.Name && law.Variables.All(variable => variable.Name != name))
                throw new InputException($"--{name.ToLowerInvariant()} was given, and the law {law.Name} has no such variable; it has {string.Join(", ", law.Variables.Append(law.Target).Select(variable => variable.Name))}.");
        }

        return named;
    }

    private static DataTable ReadTables(string given, bool curveColumn)
    {
        string[] files = Directory.Exists(given)
            ? [.. Directory.GetFiles(given).Where(file => TableEndings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)]
            : given.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (files.Length == 0)
            throw new InputException($"{Csv} was given '{given}'; it takes a table's file, more with commas between, or a folder with files {string.Join(", ", TableEndings)}.");
        DataTable[] tables = [.. files.Select(TableFile.Read)];
        if (tables.Length == 1 && !curveColumn)
            return tables[0];
        string[] all = [.. tables.SelectMany(table => table.Columns).Distinct()];
        if (all.Any(column => string.Equals(column, CurveLaw.Curve.Name, StringComparison.OrdinalIgnoreCase)))
            curveColumn = false;
        return new DataTable(
            given,
            curveColumn ? [.. all, CurveLaw.Curve.Name] : all,
            [
                .. tables.Zip(files).SelectMany(pair =>
                {
                    int[] places = [.. all.Select(column => pair.First.Columns.ToList().IndexOf(column))];
                    string curve = Path.GetFileNameWithoutExtension(pair.Second);
                    return pair.First.Rows.Select(row =>
                    {
                        IEnumerable<string?> cells = places.Select(place => place < 0 ? null : row.Cells[place]);
                        return (row.Name, curveColumn ? [.. cells, curve] : cells.ToArray());
                    });
                }),
            ]);
    }

    private Dictionary<string, LearningRateCurve> SchedulesOf(DataTable table, string? rate, int warmUp)
    {
        double[] steps = table.Numbers(table.Require(CurveLaw.Step.Flag, columns.GetValueOrDefault(CurveLaw.Step.Name, CurveLaw.Step.Name)));
        double[] rates = table.Numbers(table.Require("--lr", rate ?? "lr"));
        string[] names = table.Words(table.Require(CurveLaw.Curve.Flag, columns.GetValueOrDefault(CurveLaw.Curve.Name, CurveLaw.Curve.Name)));
        var curves = new Dictionary<string, LearningRateCurve>();
        foreach (IGrouping<string, int> curve in Enumerable.Range(0, steps.Length).GroupBy(row => names[row]))
        {
            foreach (int row in curve)
            {
                if (!(steps[row] >= 0 && steps[row] <= int.MaxValue / 2 && rates[row] >= 0 && double.IsFinite(rates[row])))
                    throw new InputException(FormattableString.Invariant($"{table.Rows[row].Name}: step {steps[row]}, learning rate {rates[row]}; both take numbers that are not negative."));
            }

            curves[curve.Key] = LearningRateCurve.Through([.. curve.OrderBy(row => steps[row]).Select(row => ((int)steps[row], rates[row]))], warmUp);
        }

        return curves;
    }
}

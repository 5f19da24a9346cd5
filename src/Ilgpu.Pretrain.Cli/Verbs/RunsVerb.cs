using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("runs", HelpText = "Lists runs, the lowest validation loss first; or compares them, writes their metrics as CSV or for TensorBoard, prunes their checkpoints.")]
internal sealed class RunsVerb : ReportingVerb
{
    private const string DefaultFolder = "runs";
    private const string DefaultSort = "val_loss";

    [Value(0, MetaName = "FOLDER", HelpText = "Folders of runs, or single runs' folders; default: runs.")]
    public IEnumerable<string> Folders { get; set; } = [];

    [Option("where", HelpText = "Only runs that satisfy FIELD=VALUE (= != < <= > >=; more with commas between), for example weight_decay>=0.8,state=finished. Fields are those of config.json and result.json; state is finished, unfinished, running, diverged or damaged.")]
    public string? Where { get; set; }

    [Option("sort", HelpText = "The field to sort by, ascending; default val_loss. Runs without it come last.")]
    public string? Sort { get; set; }

    [Option("compare", HelpText = "Show only the fields in which the runs differ, one column a run, and their results.")]
    public bool Compare { get; set; }

    [Option("csv", HelpText = "Write all metrics of the runs to this file.")]
    public string? Csv { get; set; }

    [Option("tensorboard", HelpText = "Write all metrics of the runs into this folder as TensorBoard's event files, a folder a run.")]
    public string? TensorBoard { get; set; }

    [Option("prune", HelpText = "Say which checkpoints --keep does without; with --yes, delete them. Nothing else of a run is deleted.")]
    public bool Prune { get; set; }

    [Option("keep", HelpText = "For --prune: last (default: the newest intact checkpoint of each run), finished-none (as it is, but none of finished and diverged runs) or none.")]
    public string? Keep { get; set; }

    [Option("snapshots", HelpText = "For --prune: the snapshots of finished and diverged runs go as well; without it no rule touches them.")]
    public bool Snapshots { get; set; }

    [Option("yes", HelpText = "For --prune: delete.")]
    public bool Yes { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        if (new[] { Compare, Prune, Csv is not null, TensorBoard is not null }.Count(given => given) > 1)
            throw new InputException("--compare, --csv, --tensorboard and --prune are different things to do: give one of them.");
        if (!Prune && (Keep is not null || Yes || Snapshots))
            throw new InputException($"{(Yes ? "--yes" : Snapshots ? "--snapshots" : "--keep")} goes with --prune.");
        CheckpointRetention keep = RunsVerbPruning.ParseKeep(Keep);
        IReadOnlyList<RunSummary> runs = Select();
        cancellation.ThrowIfCancellationRequested();
        if (Prune)
            return RunsVerbPruning.Run(runs, keep, Snapshots, Yes, Json, Words, cancellation);
        if (Csv is not null)
            WriteCsv(runs, Csv);
        else if (TensorBoard is not null)
            WriteTensorBoard(runs, TensorBoard);
        else if (Compare)
            WriteComparison(runs);
        else
            WriteList(runs);
        return ExitCode.Done;
    }

    private List<RunSummary> Select()
    {
        RunFilter? filter = Where is null ? null : RunFilter.Parse(Where);
        string sort = Sort ?? DefaultSort;
        RunField.Require("--sort", sort);
        return
        [
            .. Folders.DefaultIfEmpty(DefaultFolder)
                .SelectMany(FoldersIn)
                .Select(RunSummary.Read)
                .Where(run => filter is null || filter.Matches(run))
                .OrderBy(run => run.Fields.ContainsKey(sort) ? 0 : 1)
                .ThenBy(run => run.Fields.GetValueOrDefault(sort, ""), Comparer<string>.Create(RunField.Compare))
                .ThenBy(run => run.Folder, StringComparer.Ordinal),
        ];
    }

    private static IReadOnlyList<string> FoldersIn(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"FOLDER was given '{folder}', which is not a folder; it takes a folder of runs or a run's.");
        return RunFolder.IsAt(folder) ? [folder] : new RunStore(folder).List();
    }

    private void WriteList(IReadOnlyList<RunSummary> runs)
    {
        if (Json)
            JsonOutput.Print(new { runs = runs.Select(RunDescription.ForJson) });
        else if (runs.Count == 0)
            Words.WriteLine(Where is null ? "No runs." : $"No runs where {Where}.");
        else
            RunDescription.WriteTable(runs, Words);
    }

    private void WriteComparison(IReadOnlyList<RunSummary> runs)
    {
        foreach (RunSummary damaged in runs.Where(run => run.State == RunState.Damaged))
            Words.WriteLine($"{damaged.Name} is damaged and left out: {damaged.Damage}");
        RunSummary[] compared = [.. runs.Where(run => run.State != RunState.Damaged)];
        if (compared.Length < 2)
            throw new InputException($"--compare takes two runs or more; there {(compared.Length == 1 ? "is 1" : "are none")}{(Where is null ? "" : $" where {Where}")}.");
        IReadOnlyList<ConfigDifference> differences = ConfigDifference.Among([.. compared.Select(run => run.Config!)]);
        if (Json)
            JsonOutput.Print(new { differences, runs = compared.Select(RunDescription.ForJson) });
        else
            RunDescription.WriteComparison(compared, differences, Words);
    }

    private void WriteCsv(IReadOnlyList<RunSummary> runs, string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? file;
        if (Directory.Exists(file) || !Directory.Exists(folder))
            throw new InputException($"--csv was given '{file}'; it takes a file in a folder that is there.");
        long lines = MetricsCsv.Write(file, runs);
        Words.WriteLine($"Written: {file}, {lines:N0} lines of {runs.Count} {(runs.Count == 1 ? "run" : "runs")}");
        if (Json)
            JsonOutput.Print(new { file, lines, runs = runs.Select(run => run.Folder) });
    }

    private void WriteTensorBoard(IReadOnlyList<RunSummary> runs, string folder)
    {
        if (File.Exists(folder))
            throw new InputException($"--tensorboard was given '{folder}', which is a file; it takes a folder.");
        foreach (RunSummary damaged in runs.Where(run => run.State == RunState.Damaged))
            Words.WriteLine($"{damaged.Name} is damaged and left out: {damaged.Damage}");
        long scalars = TensorBoardExport.Write(folder, runs);
        Words.WriteLine($"Written: {folder}, {scalars:N0} scalars of {runs.Count} {(runs.Count == 1 ? "run" : "runs")}");
        if (Json)
            JsonOutput.Print(new { folder, scalars, runs = runs.Select(run => run.Folder) });
    }
}

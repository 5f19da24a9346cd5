using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("continue", HelpText = "Goes on from finished runs or what was imported: over other data, measuring what is gained on it and forgotten of the old, or with decays branched from a stable run.")]
internal sealed partial class ContinueVerb : TrainingVerb
{
    private const int MostMembers = 1000;
    private const string DataRequired = "--data is required: what the run is to be continued on, a dataset folder or a source.";

    [Value(0, MetaName = "RUN", Required = true, HelpText = "A finished run, several, or an ensemble's folder: each member is continued. Or an imported model's or ensemble's folder.")]
    public IEnumerable<string> Runs { get; set; } = [];

    [Option("members", HelpText = "Continue one run so many times, with the seeds --seed, --seed + 1, ... for the order of the data, and measure the results as an ensemble.")]
    public int? Members { get; set; }

    [Option("replay", Default = 0.0, HelpText = "Share of the windows of every step that are of the old data, from 0 to below 1.")]
    public double Replay { get; set; }

    [Option("replay-tokens", HelpText = "Old tokens to replay: the first N; default: those that the run was trained on.")]
    public long? ReplayTokens { get; set; }

    [Option("old-data", HelpText = "The old dataset's folder; default: where the run found it, and none for an imported model.")]
    public string? OldData { get; set; }

    [Option("branch", Separator = ',', HelpText = "Instead of other data: decays of so many steps each, as in 100,200, branched from a run of --schedule constant.")]
    public IEnumerable<long> Branches { get; set; } = [];

    [Option("side-by-side", HelpText = "Runs trained at a time; default: as many as cores and memory have room for. The results do not depend on it.")]
    public int? AtATime { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        InputException.ThrowUnless(AtATime is null or >= 1, "--side-by-side", AtATime, "a whole number from 1");
        InputException.ThrowUnless(Members is null or (>= 1 and <= MostMembers), "--members", Members, $"a whole number from 1 to {MostMembers}");
        InputException.ThrowUnless(Replay is >= 0 and < 1, "--replay", Replay, "a share of the windows from 0 to below 1");
        if (Model is not null)
            throw new InputException($"--model was given '{Model}'; a continued run takes the model it starts from: leave it out.");
        string[] given = [.. Runs];
        if (Array.Find(given, folder => EnsembleModelFolder.IsAt(folder) || ModelFolder.IsAt(folder)) is { } imported)
        {
            return given.Length == 1
                ? ContinueImported(EnsembleModelFolder.IsAt(imported) ? EnsembleModelFolder.Open(imported).Members : [ModelFolder.Open(imported)], imported, cancellation)
                : throw new InputException($"'{imported}' is an imported model, and {given.Length} folders were given: an imported model is continued by itself, --members N times.");
        }

        IReadOnlyList<EnsembleMember> before = Opened(given);
        if (before.FirstOrDefault(member => member.Cycle is not null) is { } snapshot)
            throw new InputException($"'{EnsembleMember.NameOf(snapshot.Folder, snapshot.Cycle)}' is a snapshot; a run goes on from the last checkpoint of another: give its folder.");
        if (Branches.Any())
            return Branch(before, cancellation);
        if (Data is null)
            throw new InputException(DataRequired + " Or --branch, to decay on the data it had.");
        RequireOneOrNoCount(before.Count);
        return Continue(before, cancellation);
    }

    private void RequireOneOrNoCount(int models)
    {
        if (Members is not null && models > 1)
            throw new InputException($"--members was given {Members} and {models} runs: one run is continued so many times, or each of several once.");
    }

    /// <summary>What is chosen of the new dataset: where it is made of a source and nothing else was asked for, in the models' own tokens.</summary>
    private DatasetChoices ChoicesWith(string tokenizerFile) =>
        TokenDataset.IsAt(Data!) ? DatasetChoices : DatasetChoices with { Tokenizer = Tokenizer ?? tokenizerFile };

    private static IReadOnlyList<EnsembleMember> Opened(string[] given) =>
        given is [var folder] && EnsembleFolder.IsAt(folder)
            ? EnsembleFolder.OpenMembers(folder, Console.Error.WriteLine)
            : EnsembleMember.Open(given, Console.Error.WriteLine);

    private int Continue(IReadOnlyList<EnsembleMember> before, CancellationToken cancellation)
    {
        string first = before[0].Folder;
        TrainingOptions options = Options();
        (Tokenizer tokenizer, _) = RunFolder.ReadTokenizer(first);
        using TokenDataset data = DatasetArgument.OpenOrBuild(Data!, ChoicesWith(FileOf(tokenizer, first)), Out, Words, cancellation);
        if (data.Tokenizer.Fingerprint != tokenizer.Fingerprint)
            throw new InputException($"'{data.Folder}' is of the tokenizer '{data.Tokenizer.Name}', and the run in '{first}' of another one, '{tokenizer.Name}': build the dataset with --tokenizer '{FileOf(tokenizer, first)}'.");
        using TokenDataset old = TokenDataset.Open(OldData ?? OldDatasetOf(first), verify: true);
        if (old.Hash != before[0].Config.DatasetHash)
            throw new InputException($"The run in '{first}' was trained on the dataset {before[0].Config.DatasetHash}; '{old.Folder}' is {old.Hash}.");
        using Device device = OpenDevice();
        return TrainAndMeasure(before, options, data, old, device, cancellation);
    }

    /// <param name="before">What is continued.</param>
    /// <param name="options">How to train.</param>
    /// <param name="data">New.</param>
    /// <param name="old">Null where that is not known.</param>
    /// <param name="device">Where to.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    private int TrainAndMeasure(IReadOnlyList<EnsembleMember> before, TrainingOptions options, TokenDataset data, TokenDataset? old, Device device, CancellationToken cancellation)
    {
        IReadOnlyList<PlannedRun> runs = Planned(before, data, old, device.Description);
        if (Trained(runs, options, device, cancellation) is not { } results)
            return ExitCode.Interrupted;

        IReadOnlyList<EnsembleMember> after = EnsembleMember.Open([.. runs.Select(run => run.Folder)], Console.Error.WriteLine);
        Words.WriteLine(old is null ? "Measuring on the new text" : "Measuring on new and on old text");
        (string folder, ContinuationScores scores) = new ContinuationEvaluator(before, after, data, old).FindOrMeasure(Out, device, cancellation);
        if (Json)
            PrintJson(folder, runs, results, scores);
        else
            ContinuationTable.Write(Words, folder, scores);
        return ExitCode.Done;
    }

    private IReadOnlyList<PlannedRun> Planned(IReadOnlyList<EnsembleMember> before, TokenDataset data, TokenDataset? old, DeviceDescription device)
    {
        var store = new RunStore(Out);
        return [.. Enumerable.Range(0, Members ?? before.Count).Select(i =>
        {
            EnsembleMember from = before[Members is null ? i : 0];
            TrainingConfig config = Config(ContinuedRuns.OnOtherData(from.Config, data, from.ImportedId), data, device);
            if (Replay > 0)
                config = config with { Mixed = new MixedData { DatasetHash = old!.Hash, Share = Replay, Tokens = ReplayTokens ?? (from.ImportedId is null ? from.Config.Tokens : old.Train.Length) } };
            if (Members is not null)
                config = config.WithSeed(checked((Seed ?? 0) + (uint)i)) with { InitializationSeed = from.Config.InitializationSeed };
            config.Validate();
            var sources = new TrainingSources(data) { StartFolder = from.Folder, Mixed = Replay > 0 ? old : null };
            return new PlannedRun(config, store.PathOf(config), sources);
        })];
    }

    private int Branch(IReadOnlyList<EnsembleMember> before, CancellationToken cancellation)
    {
        if (Epochs is not null || Steps is not null || Replay > 0 || Members is not null || Data is not null)
            throw new InputException("--branch goes on with the run's own data for the steps it names: --data, --epochs, --steps, --replay and --members do not go with it.");
        InputException.ThrowUnless(before.Count == 1, "--branch", $"{before.Count} runs", "one run of --schedule constant");
        EnsembleMember stable = before[0];
        TrainingOptions options = Options();
        using TokenDataset data = TokenDataset.Open(OldData ?? OldDatasetOf(stable.Folder), verify: true);
        TrainingSources found = RecordedSources.Open(stable.Folder, stable.Config, data, Console.Error.WriteLine);
        using TokenDataset? mixed = found.Mixed;
        using Device device = OpenDevice();
        var store = new RunStore(Out);
        PlannedRun[] runs = [.. Branches.Distinct().Select(steps =>
        {
            InputException.ThrowUnless(steps >= 1, "--branch", steps, "numbers of steps from 1");
            TrainingConfig branch = ContinuedRuns.Branch(stable.Config, steps) with { ValidationTokens = ValidationTokens ?? stable.Config.ValidationTokens };
            branch = Schedule is { } schedule ? branch with { Schedule = schedule } : branch;
            branch.Validate();
            return new PlannedRun(branch, store.PathOf(branch), found with { StartFolder = stable.Folder });
        })];
        if (Trained(runs, options, device, cancellation) is not { } results)
            return ExitCode.Interrupted;
        if (Json)
            JsonOutput.Print(new { stable = stable.Config.Id, stable_steps = stable.Config.Steps, runs = runs.Select((run, i) => Described(run, results[i])), ilgpu = IlgpuRuntime.Kind });
        else
            WriteBranches(stable, runs, results);
        return ExitCode.Done;
    }

    private IReadOnlyList<RunResult>? Trained(IReadOnlyList<PlannedRun> runs, TrainingOptions options, Device device, CancellationToken cancellation) =>
        SideBySideTraining.Run([.. runs.Select((run, i) => ($"run {i + 1}", run))], options, device.Description, OpenDevice, AtATime, Words, cancellation);

    private static string OldDatasetOf(string folder)
    {
        try
        {
            return RunFolder.DatasetOf(folder);
        }
        catch (InputException e)
        {
            throw new InputException(e.Message.Replace("--data", "--old-data", StringComparison.Ordinal), e);
        }
    }

    private static string FileOf(Tokenizer tokenizer, string folder) => tokenizer.HasFile ? Path.Combine(folder, tokenizer.Name) : tokenizer.Name;

    private void WriteBranches(EnsembleMember stable, IReadOnlyList<PlannedRun> runs, IReadOnlyList<RunResult> results)
    {
        var table = new TextTable(("stable steps", true), ("decay steps", true), ("validation loss", true), ("bits/byte", true), ("run", false));
        for (int i = 0; i < runs.Count; i++)
        {
            table.Add(
                FormattableString.Invariant($"{runs[i].Config.Start!.DataStep}"),
                FormattableString.Invariant($"{results[i].Steps}"),
                FormattableString.Invariant($"{results[i].ValLoss:0.0000}"),
                FormattableString.Invariant($"{results[i].BitsPerByte:0.0000}"),
                runs[i].Folder);
        }

        Words.WriteLine($"Decays branched from {stable.Folder}:");
        table.Write(Words);
    }

    private static void PrintJson(string folder, IReadOnlyList<PlannedRun> runs, IReadOnlyList<RunResult> results, ContinuationScores scores) =>
        JsonOutput.Print(new
        {
            folder,
            runs = runs.Select((run, i) => Described(run, results[i])),
            @new = Described(scores.New),
            old = scores.Old is null ? null : Described(scores.Old),
            ilgpu = IlgpuRuntime.Kind,
        });

    private static object Described(PlannedRun run, RunResult result) => new { run = run.Config.Id, run.Folder, from = run.Config.Start!.RunId, result };

    private static object Described(BeforeAndAfter losses) => new
    {
        before = losses.Before.LogitAverage[^1],
        after = losses.After.LogitAverage[^1],
        losses.Change,
        members_before = losses.Before.Members,
        members_after = losses.After.Members,
        losses.After.Tokens,
    };
}

using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("ensemble", HelpText = "Trains members that differ in initialisation and data order, or takes runs, and measures them together: for every K the average of logits and of probabilities.")]
internal sealed class EnsembleVerb : TrainingVerb
{
    private const int MostMembers = 1000;

    [Value(0, MetaName = "RUN", HelpText = "Finished runs to take as members, instead of training them; RUN#CYCLE takes a snapshot of a run.")]
    public IEnumerable<string> Runs { get; set; } = [];

    [Option("members", HelpText = "Members to train: their seeds are --seed, --seed + 1, ... Every other option is the same for all.")]
    public int? Members { get; set; }

    [Option("snapshots", HelpText = "The members are all snapshots of each run, trained with --schedule cyclic, in the order of their cycles.")]
    public bool Snapshots { get; set; }

    [Option("side-by-side", HelpText = "Members trained at a time; default: as many as cores and memory have room for. The results do not depend on it.")]
    public int? AtATime { get; set; }

    [Option("residency", Default = MemberResidency.Auto, HelpText = "Whether all members are in memory at once when they are measured; the losses are the same.")]
    public MemberResidency Residency { get; set; }

    [Option("weights", Default = EnsembleWeighting.Equal, HelpText = "learned: also fit the members' weights, of logits and of probabilities, to the first half of the validation tokens, and report on the second half.")]
    public EnsembleWeighting Weights { get; set; }

    [Option("orders", Default = 1, HelpText = "Average each K's loss over N orders of the members as well, rotations of theirs: the law of K then rests on several sets of K.")]
    public int Orders { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        string[] given = [.. Runs];
        if (given.Length > 0 == Members is not null)
            throw new InputException("An ensemble is made of --members N to train, or of finished runs named by their folders: give one of them.");
        InputException.ThrowUnless(Members is null or (>= 1 and <= MostMembers), "--members", Members, $"a whole number from 1 to {MostMembers}");
        InputException.ThrowUnless(AtATime is null or >= 1, "--side-by-side", AtATime, "a whole number from 1");
        // Not only after hours of training: what is given as runs is counted once they are opened.
        int most = Members is { } trained ? trained * (Snapshots ? Cycles ?? 1 : 1) : int.MaxValue;
        InputException.ThrowUnless(Orders >= 1 && Orders <= most, "--orders", Orders, $"a whole number from 1 to {most}, the members");
        return Members is { } count ? TrainAndMeasure(count, cancellation) : Measure(given, cancellation);
    }

    private int TrainAndMeasure(int count, CancellationToken cancellation)
    {
        if (InitializationSeed is not null || DataSeed is not null || DropoutSeed is not null)
            throw new InputException("--init-seed, --data-seed and --dropout-seed would be the same for all members: give --seed, the first member's.");
        TrainingOptions options = Options();
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(Data ?? DefaultData, DatasetChoices, Out, Words, cancellation);
        using Device device = OpenDevice();
        TrainingConfig config = Config(resumed: null, dataset, device.Description);
        TrainingConfig[] configs = [.. Enumerable.Range(0, count).Select(member => config.WithSeed(checked((Seed ?? 0) + (uint)member)))];
        configs[0].Validate();
        if (Snapshots && config.Cycles is null)
            throw new InputException("--snapshots was given; it takes --schedule cyclic and --cycles, which keep them.");
        var store = new RunStore(Out);
        (string Name, PlannedRun Run)[] runs = [.. configs.Select((each, i) => ($"member {i + 1}", new PlannedRun(each, store.PathOf(each), new TrainingSources(dataset))))];
        if (SideBySideTraining.Run(runs, options, device.Description, OpenDevice, AtATime, Words, cancellation) is null)
            return ExitCode.Interrupted;
        return Measure(OpenMembers(runs.Select(run => run.Run.Folder)), dataset, device, ValidationTokens, cancellation);
    }

    private int Measure(string[] folders, CancellationToken cancellation)
    {
        IReadOnlyList<EnsembleMember> members = OpenMembers(folders);
        string data = Data ?? RunFolder.DatasetOf(members[0].Folder);
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(data, DatasetChoices, Out, Words, cancellation);
        using Device device = OpenDevice();
        return Measure(members, dataset, device, ValidationTokens ?? members[0].Config.ValidationTokens, cancellation);
    }

    private IReadOnlyList<EnsembleMember> OpenMembers(IEnumerable<string> folders) =>
        EnsembleMember.Open([.. Snapshots ? folders.SelectMany(EnsembleMember.SnapshotsOf) : folders], Console.Error.WriteLine);

    private int Measure(IReadOnlyList<EnsembleMember> members, TokenDataset dataset, Device device, long? validationTokens, CancellationToken cancellation)
    {
        (string folder, EnsembleScores scores) = EnsembleFolder.FindOrMeasure(Path.Combine(Out, "ensembles"), members, validationTokens, () =>
        {
            var evaluator = new EnsembleEvaluator(members, dataset, validationTokens, device, new EnsembleEvaluationOptions { Residency = Residency, Orders = Orders });
            Words.WriteLine($"Measuring {members.Count} members on {evaluator.Tokens:N0} validation tokens");
            return evaluator.Evaluate(cancellation);
        }, Orders);
        LawFit? byLogits = EnsembleLaw.Fit(scores.LogitCurve, cancellation);
        LawFit? byProbabilities = EnsembleLaw.Fit(scores.ProbabilityCurve, cancellation);
        EnsembleWeights? weights = Weights == EnsembleWeighting.Learned ? Learn(folder, members, dataset, device, validationTokens, cancellation) : null;
        if (Json)
            EnsembleJson.Print(folder, members, scores, byLogits, byProbabilities, weights);
        else
            EnsembleTable.Write(Words, folder, members, scores, byLogits, byProbabilities, weights);
        return ExitCode.Done;
    }

    private EnsembleWeights Learn(string folder, IReadOnlyList<EnsembleMember> members, TokenDataset dataset, Device device, long? validationTokens, CancellationToken cancellation) =>
        EnsembleFolder.FindOrLearn(folder, () =>
        {
            var learning = new WeightLearning(members, dataset, validationTokens, device, new EnsembleEvaluationOptions { Residency = Residency });
            Words.WriteLine($"Learning weights on {learning.FittedTokens:N0} validation tokens, to report on the other {learning.ReportedTokens:N0}");
            return learning.Learn(cancellation);
        });
}

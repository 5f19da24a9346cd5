using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("ensemble", HelpText = "Trains members that differ in initialisation and data order, or takes runs, and measures them together: for every K the average of logits and of probabilities.")]
internal sealed class EnsembleVerb : TrainingVerb
{
    private const int MostMembers = 1000;

    [Value(0, MetaName = "RUN", HelpText = "Finished runs to take as members, instead of training them.")]
    public IEnumerable<string> Runs { get; set; } = [];

    [Option("members", HelpText = "Members to train: their seeds are --seed, --seed + 1, ... Every other option is the same for all.")]
    public int? Members { get; set; }

    [Option("side-by-side", HelpText = "Members trained at a time; default: as many as cores and memory have room for. The results do not depend on it.")]
    public int? AtATime { get; set; }

    [Option("residency", Default = MemberResidency.Auto, HelpText = "Whether all members are in memory at once when they are measured; the losses are the same.")]
    public MemberResidency Residency { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        string[] given = [.. Runs];
        if (given.Length > 0 == Members is not null)
            throw new InputException("An ensemble is made of --members N to train, or of finished runs named by their folders: give one of them.");
        InputException.ThrowUnless(Members is null or (>= 1 and <= MostMembers), "--members", Members, $"a whole number from 1 to {MostMembers}");
        InputException.ThrowUnless(AtATime is null or >= 1, "--side-by-side", AtATime, "a whole number from 1");
        return Members is { } count ? TrainAndMeasure(count, cancellation) : Measure(given, cancellation);
    }

    private int TrainAndMeasure(int count, CancellationToken cancellation)
    {
        if (InitializationSeed is not null || DataSeed is not null || DropoutSeed is not null)
            throw new InputException("--init-seed, --data-seed and --dropout-seed would be the same for all members: give --seed, the first member's.");
        TrainingOptions options = Options();
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(Data ?? DefaultData, Tokenizer, Out, Words, cancellation);
        using Device device = OpenDevice();
        TrainingConfig config = Config(resumed: null, dataset, device.Description);
        TrainingConfig[] configs = [.. Enumerable.Range(0, count).Select(member => config.WithSeed(checked((Seed ?? 0) + (uint)member)))];
        configs[0].Validate();
        var store = new RunStore(Out);
        (string Name, PlannedRun Run)[] runs = [.. configs.Select((each, i) => ($"member {i + 1}", new PlannedRun(each, store.PathOf(each), new TrainingSources(dataset))))];
        if (SideBySideTraining.Run(runs, options, device.Description, OpenDevice, AtATime, Words, cancellation) is null)
            return ExitCode.Interrupted;
        return Measure(EnsembleMember.Open([.. runs.Select(run => run.Run.Folder)], Console.Error.WriteLine), dataset, device, ValidationTokens, cancellation);
    }

    private int Measure(string[] folders, CancellationToken cancellation)
    {
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open(folders, Console.Error.WriteLine);
        string data = Data ?? RunFolder.DatasetOf(folders[0]);
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(data, Tokenizer, Out, Words, cancellation);
        using Device device = OpenDevice();
        return Measure(members, dataset, device, ValidationTokens ?? members[0].Config.ValidationTokens, cancellation);
    }

    private int Measure(IReadOnlyList<EnsembleMember> members, TokenDataset dataset, Device device, long? validationTokens, CancellationToken cancellation)
    {
        (string folder, EnsembleScores scores) = EnsembleFolder.FindOrMeasure(Path.Combine(Out, "ensembles"), members, validationTokens, () =>
        {
            var evaluator = new EnsembleEvaluator(members, dataset, validationTokens, device, new EnsembleEvaluationOptions { Residency = Residency });
            Words.WriteLine($"Measuring {members.Count} members on {evaluator.Tokens:N0} validation tokens");
            return evaluator.Evaluate(cancellation);
        });
        if (Json)
            PrintJson(folder, members, scores);
        else
            EnsembleTable.Write(Words, folder, members, scores);
        return ExitCode.Done;
    }

    private static void PrintJson(string folder, IReadOnlyList<EnsembleMember> members, EnsembleScores scores) =>
        JsonOutput.Print(new
        {
            folder,
            members = members.Select((member, i) => new
            {
                run = member.Config.Id,
                member.Folder,
                member.Config.InitializationSeed,
                member.Config.DataSeed,
                val_loss = scores.Members[i],
                bits_per_byte = scores.BitsPerByte(scores.Members[i]),
            }),
            by_size = members.Select((_, i) => new
            {
                k = i + 1,
                logits = new { val_loss = scores.LogitAverage[i], bits_per_byte = scores.BitsPerByte(scores.LogitAverage[i]) },
                probabilities = new { val_loss = scores.ProbabilityAverage[i], bits_per_byte = scores.BitsPerByte(scores.ProbabilityAverage[i]) },
            }),
            scores.Tokens,
            scores.Residency,
            scores.Seconds,
            ilgpu = IlgpuRuntime.Kind,
        });
}

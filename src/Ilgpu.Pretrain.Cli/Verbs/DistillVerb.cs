using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("distill", HelpText = "Trains a student on real text and on what a run or an ensemble gives it, text that it samples or its probabilities, and says how much of the ensemble's gain it keeps. Options of training that are not given are the first teacher's.")]
internal sealed partial class DistillVerb : TrainingVerb
{
    private const double DefaultWeight = .75;

    [Option("teacher", Required = true, HelpText = "Finished runs, one behind the other, or an ensemble's folder. One run of the student's own size: self-distillation.")]
    public IEnumerable<string> Teachers { get; set; } = [];

    [Option("method", Default = DistillationMethod.Synthetic, HelpText = "What the student gets from the teachers: synthetic, text that they sample; soft, their probabilities of every token of the real text.")]
    public DistillationMethod Method { get; set; }

    [Option("weight", HelpText = "Share of synthetic windows in every batch, from 0 (plain training) to below 1; default .75. The run takes 1 / (1 - weight) times the steps.")]
    public double? Weight { get; set; }

    [Option("synthetic-tokens", HelpText = "Tokens to sample; default: as many as one epoch mixes in.")]
    public long? SyntheticTokens { get; set; }

    [Option("teach", Default = TeacherKind.Logits, HelpText = "How several teachers teach and are measured: by the mean of their logits or of their probabilities; for synthetic also as a mix, each sequence by one of them in turn.")]
    public TeacherKind Teach { get; set; }

    [Option("temperature", HelpText = "The teachers' logits are divided by it, for soft the student's too; default 1 for synthetic, 1.2 for soft.")]
    public double? Temperature { get; set; }

    [Option("top-k", Default = 0, HelpText = "Sample from the K likeliest tokens only; 0: from all.")]
    public int TopK { get; set; }

    [Option("top-p", Default = 1.0, HelpText = "Sample from the likeliest tokens that together reach this probability; 1: from all.")]
    public double TopP { get; set; }

    [Option("sample-seed", Default = 0UL, HelpText = "Of the sampled text.")]
    public ulong SampleSeed { get; set; }

    [Option("sample-length", HelpText = "Tokens of a sampled sequence; default: those of the teachers' windows.")]
    public int? SampleLength { get; set; }

    [Option("sample-batch", HelpText = "Sequences that are sampled at once; default 64, or as many as the memory has room for. The text does not depend on it.")]
    public int? SampleBatch { get; set; }

    [Option("baseline", HelpText = "A finished run that the gain is counted from; default: the best of the teachers alone.")]
    public string? Baseline { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        if (Method == DistillationMethod.Soft)
            return RunSoft(cancellation);
        RequireNoSoftLabels();
        double weight = Weight ?? DefaultWeight;
        InputException.ThrowUnless(weight is >= 0 and < 1, "--weight", weight, "a number from 0 (plain training) to below 1; for synthetic text alone, give its dataset to train --data");
        SamplingOptions sampling = new() { Temperature = Temperature ?? 1, TopK = TopK, TopP = TopP, Seed = SampleSeed };
        sampling.Validate();
        InputException.ThrowUnless(SampleBatch is null or >= 1, "--sample-batch", SampleBatch, "a whole number from 1");
        TrainingOptions options = Options();
        IReadOnlyList<EnsembleMember> teachers = TeacherArgument.Open(Teachers, Console.Error);
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(Data ?? RunFolder.DatasetOf(teachers[0].Folder), DatasetChoices, Out, Words, cancellation);
        TeacherArgument.RequireSameText(teachers, dataset);
        using Device device = OpenDevice();
        TrainingConfig config = StudentConfig(teachers, dataset, device.Description);
        config.Validate();

        var losses = new TeacherLosses(teachers, dataset, config.ValidationTokens, device, Path.Combine(Out, "ensembles"), Words);
        EnsembleScores scores = losses.Measure(cancellation);
        DistillationRun baseline = Baseline is { } given ? losses.OfBaseline(given, cancellation) : losses.BestAlone(scores);
        SyntheticRecipe? recipe = weight == 0 ? null
            : SyntheticRecipe.Of(teachers, Teach, SyntheticTokens ?? DefaultTokens(config, weight), SampleLength, sampling);
        using TokenDataset? synthetic = recipe is null ? null : Sample(recipe, teachers, dataset, device, cancellation);
        if (synthetic is not null)
            config = config with { Mixed = new MixedData { DatasetHash = synthetic.Hash, Share = weight, Tokens = synthetic.Train.Length } };
        config.Validate();

        using TrainingReport report = TrainingReport.For(Words, device);
        string folder = new RunStore(Out).PathOf(config);
        TrainingOutcome outcome = Trainer.Run(config, options, new TrainingSources(dataset) { Mixed = synthetic }, device, folder, report, cancellation);
        report.OnEnd(outcome);
        if (outcome.Result is not { } result)
            return ExitCode.Interrupted;
        var gain = new DistillationGain(TeacherLosses.Together(scores, Teach), baseline.ValLoss, result.ValLoss);
        var record = new DistillationRecord
        {
            Method = Method,
            Kind = Teach,
            Teachers = [.. teachers.Select((teacher, i) => new DistillationRun(teacher.Id, teacher.Folder, scores.Members[i]))],
            Student = new DistillationRun(config.Id, folder, result.ValLoss),
            Baseline = baseline,
            Weight = synthetic is null ? null : weight,
            SyntheticId = recipe?.Id,
            SyntheticFolder = synthetic?.Folder,
            SyntheticTokens = recipe?.Tokens,
            TeacherLoss = gain.Teacher,
            ShareKept = gain.ShareKept,
            ValidationTokens = scores.Tokens,
        };
        string written = DistillationFolder.Write(Path.Combine(Out, "distillations"), record);
        if (Json)
            DistillationReport.Print(written, record, scores, result, synthetic);
        else
            DistillationReport.Write(Words, written, record, scores);
        return ExitCode.Done;
    }

    /// <summary>As many as one epoch of the real text mixes in, so that both are read equally often.</summary>
    private static long DefaultTokens(TrainingConfig config, double weight) =>
        (long)Math.Ceiling(config.Tokens * weight / (1 - weight));

    /// <summary>The first teacher's, from a seed that no teacher has, with what is given instead.</summary>
    private TrainingConfig StudentConfig(IReadOnlyList<EnsembleMember> teachers, TokenDataset dataset, DeviceDescription device)
    {
        TrainingConfig first = teachers[0].Config;
        Length ??= first.Length;
        Seed ??= unchecked((uint)teachers.Max(teacher => teacher.Config.InitializationSeed) + 1);
        return Config(
            first with
            {
                Mixed = null,
                Start = null,
                SoftLabels = null,
                NumericsVersion = Numerics.Version,
                Precision = device.HasTensorCores ? ComputePrecision.Bf16 : ComputePrecision.Fp32,
            },
            dataset,
            device);
    }

    private TokenDataset Sample(SyntheticRecipe recipe, IReadOnlyList<EnsembleMember> teachers, TokenDataset dataset, Device device, CancellationToken cancellation)
    {
        string store = Path.Combine(Out, "synthetic");
        using var report = new SamplingReport(Words);
        int together = SyntheticCorpus.FittingAtATime(recipe, teachers, SampleBatch, device.Description);
        SamplingDevices devices = together == 1
            ? SamplingDevices.Of(device)
            : SamplingDevices.SideBySide(together, () => OpenDevice(device.Threads / together));
        TokenDataset synthetic = SyntheticCorpus.FindOrSample(store, recipe, teachers, dataset, devices, SampleBatch, report, cancellation);
        report.OnEnd(synthetic, SyntheticCorpus.ReadSource(synthetic.Folder)!);
        return synthetic;
    }
}

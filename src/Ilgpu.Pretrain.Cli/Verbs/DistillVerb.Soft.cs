using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>Students by soft labels.</summary>
internal sealed partial class DistillVerb
{
    private const int MostGenerations = 1000;

    [Option("alpha", HelpText = "For soft: the teachers' weight in loss = (1 - alpha) CE(text) + alpha T^2 KL(teachers || student); default .45.")]
    public double? Alpha { get; set; }

    [Option("generations", HelpText = "For soft: students in a chain, each the next one's teacher, with seeds one higher; default 1.")]
    public int? Generations { get; set; }

    private static EnsembleAveraging AveragingOf(TeacherKind kind) => kind switch
    {
        TeacherKind.Logits => EnsembleAveraging.Logits,
        TeacherKind.Probabilities => EnsembleAveraging.Probabilities,
        _ => throw new InputException($"--teach was given {kind.ToString().ToLowerInvariant()}, which is a way to sample; soft labels take logits or probabilities."),
    };

    private int RunSoft(CancellationToken cancellation)
    {
        RequireNoSampling();
        int generations = Generations ?? 1;
        InputException.ThrowUnless(generations is >= 1 and <= MostGenerations, "--generations", generations, $"a whole number from 1 to {MostGenerations}");
        EnsembleAveraging averaging = AveragingOf(Teach);
        TrainingOptions options = Options();
        IReadOnlyList<EnsembleMember> teachers = SoftLabelTeachers.Open([.. TeacherArgument.Open(Teachers, Console.Error).Select(teacher => teacher.Folder)], Console.Error.WriteLine);
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(Data ?? RunFolder.DatasetOf(teachers[0].Folder), DatasetChoices, Out, Words, cancellation);
        TeacherArgument.RequireSameText(teachers, dataset);
        using Device device = OpenDevice();
        var mix = new SoftTargetMix(Alpha ?? SoftLabels.DefaultAlpha, Temperature ?? SoftLabels.DefaultTemperature);
        IReadOnlyList<TrainingConfig> chain = SoftChain.Plan(StudentConfig(teachers, dataset, device.Description), teachers, averaging, mix, generations);
        chain[0].Validate();
        SoftLabelTeachers.RequireFitting(chain[0], dataset.Tokenizer, teachers);

        var losses = new TeacherLosses(teachers, dataset, chain[0].ValidationTokens, device, Path.Combine(Out, "ensembles"), Words);
        EnsembleScores scores = losses.Measure(cancellation);
        DistillationRun baseline = Baseline is { } given ? losses.OfBaseline(given, cancellation) : losses.BestAlone(scores);
        if (TrainChain(chain, teachers, options, dataset, device, cancellation) is not { } students)
            return ExitCode.Interrupted;
        (string Folder, DistillationRecord Record)[] records = [.. students.Select((student, i) => Record(student, i + 1, mix, teachers, scores, baseline))];
        if (Json)
            SoftDistillationReport.Print(records, scores);
        else
            SoftDistillationReport.Write(Words, records, scores);
        return ExitCode.Done;
    }

    /// <returns>The students; null when interrupted.</returns>
    private List<DistillationRun>? TrainChain(
        IReadOnlyList<TrainingConfig> chain,
        IReadOnlyList<EnsembleMember> teachers,
        TrainingOptions options,
        TokenDataset dataset,
        Device device,
        CancellationToken cancellation)
    {
        var store = new RunStore(Out);
        var students = new List<DistillationRun>();
        foreach (TrainingConfig config in chain)
        {
            string folder = store.PathOf(config);
            Words.WriteLine($"Student {students.Count + 1} of {chain.Count}, taught by {string.Join(", ", config.SoftLabels!.Teachers)}; its training losses are the mix of text and teachers");
            using TrainingReport report = TrainingReport.For(Words, device);
            TrainingOutcome outcome = Trainer.Run(config, options, new TrainingSources(dataset) { Teachers = teachers }, device, folder, report, cancellation);
            report.OnEnd(outcome);
            if (outcome.Result is not { } result)
                return null;
            students.Add(new DistillationRun(config.Id, folder, result.ValLoss));
            if (students.Count < chain.Count)
                teachers = SoftLabelTeachers.Open([folder], Console.Error.WriteLine);
        }

        return students;
    }

    /// <summary>What a student kept of the gain of the first one's teachers, whoever its own was.</summary>
    private (string Folder, DistillationRecord Record) Record(
        DistillationRun student,
        int generation,
        SoftTargetMix mix,
        IReadOnlyList<EnsembleMember> teachers,
        EnsembleScores scores,
        DistillationRun baseline)
    {
        var gain = new DistillationGain(TeacherLosses.Together(scores, Teach), baseline.ValLoss, student.ValLoss);
        var record = new DistillationRecord
        {
            Method = Method,
            Kind = Teach,
            Teachers = [.. teachers.Select((teacher, i) => new DistillationRun(teacher.Id, teacher.Folder, scores.Members[i]))],
            Student = student,
            Baseline = baseline,
            Alpha = mix.Alpha,
            Temperature = mix.Temperature,
            Generation = generation,
            TeacherLoss = gain.Teacher,
            ShareKept = gain.ShareKept,
            ValidationTokens = scores.Tokens,
        };
        return (DistillationFolder.Write(Path.Combine(Out, "distillations"), record), record);
    }

    private void RequireNoSampling()
    {
        (string Flag, bool Given)[] flags =
        [
            ("--weight", Weight is not null),
            ("--synthetic-tokens", SyntheticTokens is not null),
            ("--sample-length", SampleLength is not null),
            ("--sample-batch", SampleBatch is not null),
            ("--sample-seed", SampleSeed != 0),
            ("--top-k", TopK != 0),
            ("--top-p", TopP != 1),
        ];
        foreach ((string flag, bool given) in flags)
        {
            if (given)
                throw new InputException($"{flag} is of --method synthetic; --method soft samples no text.");
        }
    }

    private void RequireNoSoftLabels()
    {
        if (Alpha is not null || Generations is not null)
            throw new InputException($"{(Alpha is null ? "--generations" : "--alpha")} is of --method soft; --method synthetic has no soft labels.");
    }
}

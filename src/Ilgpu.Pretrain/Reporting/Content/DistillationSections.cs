using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Distillations: students between the baseline and their teachers, and the share of the gain that they kept.</summary>
internal static class DistillationSections
{
    /// <summary>How far above the baseline a student's curve is drawn, in gaps between the lines: from further off they would be one.</summary>
    private const double MostGaps = 5;

    /// <summary>What there is below an axis for names.</summary>
    private const double RoomForNames = 640;

    /// <summary>Evaluations of a student that are a curve.</summary>
    private const int FewestPoints = 3;

    private const int ColourOfStudent = 0;
    private const int ColourOfTeachers = 1;
    private const int ColourOfBaseline = 2;

    /// <param name="prefix">Of the ids.</param>
    /// <param name="title">The heading.</param>
    /// <param name="chain">One student, or the generations of a chain.</param>
    /// <param name="isOneOfSeveral">Whether what is not about losses is closed until a reader opens it.</param>
    public static ReportSection Of(string prefix, string title, IReadOnlyList<DistillationSource> chain, bool isOneOfSeveral)
    {
        IReadOnlyList<ChartPoint>[] curves = [.. chain.Take(RunCurves.MostRuns).Select(source => SavedRun.ValidationCurve(source.Student))];
        bool areCurves = curves.Any(points => points.Count >= FewestPoints);
        return new ReportSection(prefix, title)
        {
            Text = [.. Words(chain)],
            Charts = [.. areCurves ? new[] { Curves(prefix, chain, curves) } : [], Students(prefix, chain) with { IsHalf = areCurves }],
            Tables = [Losses(prefix, chain), Teaching(prefix, chain[0]) with { IsFolded = isOneOfSeveral }],
        };
    }

    /// <summary>Students side by side, each between its own teachers and baseline.</summary>
    /// <param name="prefix">Of the ids.</param>
    /// <param name="students">In their order.</param>
    public static (Chart Chart, ReportTable Table) SideBySide(string prefix, IReadOnlyList<StudentLosses> students)
    {
        bool haveRoom = students.All(student => TextWidth.Of(student.Name, ChartDrawing.FontSize) < RoomForNames / students.Count);
        return (
            new Chart(
                $"{prefix}-students",
                "Students between their baselines and their teachers",
                new ChartAxis("student", ScaleKind.Ordinal) { Categories = [.. students.Select((student, i) => haveRoom ? student.Name : $"{i + 1}")] },
                new ChartAxis("validation loss, nats a token"),
                [
                    Series("teachers together", ColourOfTeachers, student => student.Teacher),
                    Series("baseline", ColourOfBaseline, student => student.Baseline),
                    Series("student", ColourOfStudent, student => student.Student),
                ])
            {
                Caption = "The baseline is one model without distillation." + (haveRoom ? "" : " Students are numbered as in the table."),
            },
            new ReportTable(
                $"{prefix}-students-losses",
                "Students",
                ["", "student", "taught by", "teachers", "baseline", "student", "gain kept"],
                [
                    .. students.Select((student, i) => (IReadOnlyList<ReportCell>)
                    [
                        ReportCell.Count(i + 1), ReportCell.Of(student.Name), ReportCell.Of(student.Teaching), ReportCell.Loss(student.Teacher), ReportCell.Loss(student.Baseline),
                        ReportCell.Loss(student.Student), ReportCell.Percent(student.ShareKept),
                    ]),
                ]));

        ChartSeries Series(string name, int colour, Func<StudentLosses, double?> loss) =>
            new(name, colour, [.. students.Select((student, i) => new ChartPoint(i, loss(student) ?? double.NaN, student.Name))]) { Mark = ChartMark.Points };
    }

    /// <summary>The last students of chains, by what tells them apart.</summary>
    public static IReadOnlyList<StudentLosses> LossesOf(IReadOnlyList<IReadOnlyList<DistillationSource>> chains)
    {
        (string What, Func<DistillationSource, string> Value)[] parts =
        [
            ("", source => Method(source.Record)),
            ("alpha", source => source.Record.Alpha is { } alpha ? ReportNumber.Brief(alpha) : ""),
            ("weight", source => source.Record.Weight is { } weight ? ReportNumber.Brief(weight) : ""),
            ("teachers", source => $"{source.Record.Teachers.Count}"),
            ("epochs", source => source.Student?.Config is { } config ? $"{config.Epochs}" : ""),
            ("lr", source => source.Student?.Config is { } config ? ReportNumber.Brief(config.LearningRate) : ""),
            ("parameters", source => source.Student?.Config is { } config ? ReportNumber.Of(config.Model.ParameterCount, NumberStyle.Count) : ""),
        ];
        IReadOnlyList<string> labels = ResultLabels.Of([.. chains.Select(chain => (chain[0].Name, chain[0].IsOfStudy, chain[0]))], parts);
        return
        [
            .. chains.Select((chain, i) => new StudentLosses(
                labels[i], Method(chain[0].Record) + (chain.Count > 1 ? $", generation {chain.Count}" : ""), chain[^1].Record.TeacherLoss, chain[^1].Record.Baseline.ValLoss, chain[^1].Record.Student.ValLoss, chain[^1].Record.ShareKept)),
        ];
    }

    /// <summary>What a page of one distillation begins with.</summary>
    public static IReadOnlyList<KeyFigure> FiguresOf(IReadOnlyList<DistillationSource> chain)
    {
        DistillationRecord record = chain[^1].Record;
        return
        [
            new KeyFigure("share of the gain kept", record.ShareKept is null ? ReportCell.Of("no gain") : ReportCell.Percent(record.ShareKept), chain.Count > 1 ? $"by generation {chain.Count}" : ""),
            new KeyFigure("student", ReportCell.Loss(record.Student.ValLoss), "validation loss"),
            new KeyFigure(record.Teachers.Count == 1 ? "teacher" : $"{record.Teachers.Count} teachers together", ReportCell.Loss(record.TeacherLoss)),
            new KeyFigure("baseline", ReportCell.Loss(record.Baseline.ValLoss), "one model without distillation"),
        ];
    }

    public static string Method(DistillationRecord record) => record.Method == DistillationMethod.Soft ? "soft labels" : "synthetic text";

    private static IEnumerable<string> Words(IReadOnlyList<DistillationSource> chain)
    {
        DistillationRecord record = chain[0].Record;
        string model = chain[0].Student?.Config is { } config ? $"a student of {ReportCell.Count(config.Model.ParameterCount).Text} parameters" : "a student";
        string teachers = record.Teachers.Count == 1 ? "one model" : $"{record.Teachers.Count} models {(record.Kind == TeacherKind.Mix ? "in turn" : "together")}";
        yield return record.Method == DistillationMethod.Soft
            ? $"Probabilities of {teachers} for every token of the real text taught {model}{(chain.Count > 1 ? $", which taught the next: {chain.Count} generations" : "")}."
            : $"Text that {teachers} wrote{(record.SyntheticTokens is { } tokens ? $", {ReportCell.Count(tokens).Text} tokens," : "")} taught {model} beside the real text{(record.Weight is { } weight ? $": {ReportCell.Percent(weight).Text} of every step's windows" : "")}.";
        DistillationRecord last = chain[^1].Record;
        string who = chain.Count > 1 ? $"Generation {chain.Count}" : "The student";
        yield return last.ShareKept is { } share
            ? $"{who} kept {(share > 0 ? ReportCell.Percent(share).Text : $"none ({ReportCell.Percent(share).Text})")} of the gain: {ReportCell.Loss(last.Baseline.ValLoss).Text} is the baseline's loss, {ReportCell.Loss(last.TeacherLoss).Text} the teachers', {ReportCell.Loss(last.Student.ValLoss).Text} the student's."
            : $"The teachers are no better than the baseline, so that there is no gain to keep a share of; {who.ToLowerInvariant()} {(last.Student.ValLoss < last.Baseline.ValLoss ? "is" : "is not")} below the baseline.";
    }

    /// <summary>The students' validation losses over their steps, the baseline's and the teachers' as lines across.</summary>
    private static Chart Curves(string prefix, IReadOnlyList<DistillationSource> chain, IReadOnlyList<ChartPoint>[] whole)
    {
        double[] ends = [chain[0].Record.TeacherLoss, chain[0].Record.Baseline.ValLoss, .. chain.Select(source => source.Record.Student.ValLoss)];
        double highest = ends.Max() + (MostGaps * (ends.Max() - ends.Min()));
        bool isCut = whole.Any(points => points.Any(point => point.Y > highest));
        return new Chart(
            $"{prefix}-loss",
            chain.Count > 1 ? "Validation loss of the students" : "Validation loss of the student",
            new ChartAxis("optimizer steps") { Style = NumberStyle.Count, Includes = [0] },
            new ChartAxis("validation loss, nats a token"),
            [
                .. whole.Select((curve, i) =>
                {
                    ChartPoint[] points = [.. curve.Where(point => !(point.Y > highest))];
                    return new ChartSeries(NameOf(chain, i), ColourOf(i), points) { Mark = SavedRun.MarkOf(points) };
                }),
            ])
        {
            Caption = isCut ? "Drawn from where it comes near the lines." : "",
            Rules = RulesOf(chain[0].Record),
            IsHalf = true,
        };
    }

    /// <summary>Each teacher alone, then the students, generation by generation.</summary>
    private static Chart Students(string prefix, IReadOnlyList<DistillationSource> chain)
    {
        DistillationRecord record = chain[0].Record;
        string teachers = record.Teachers.Count == 1 ? "teacher" : "teachers alone";
        return new Chart(
            $"{prefix}-students",
            chain.Count > 1 ? "Teachers and generations of students" : "Teachers and student",
            new ChartAxis(chain.Count > 1 ? "generation" : "model", ScaleKind.Ordinal) { Categories = [record.Teachers.Count == 1 ? "teacher" : "teachers", .. chain.Count > 1 ? chain.Select((_, i) => $"{i + 1}") : ["student"]] },
            new ChartAxis("validation loss, nats a token"),
            [
                new ChartSeries(teachers, ColourOfTeachers, [.. record.Teachers.Select((teacher, i) => new ChartPoint(0, teacher.ValLoss, record.Teachers.Count == 1 ? null : $"teacher {i + 1}"))]) { Mark = ChartMark.Points },
                new ChartSeries(chain.Count > 1 ? "students" : "student", ColourOfStudent, [.. chain.Select((source, i) => new ChartPoint(i + 1, source.Record.Student.ValLoss))]) { Mark = ChartMark.LineAndPoints },
            ])
        { Rules = RulesOf(record) };
    }

    private static IReadOnlyList<ChartRule> RulesOf(DistillationRecord record) =>
    [
        .. new[]
        {
            new ChartRule($"baseline: {ReportCell.Loss(record.Baseline.ValLoss).Text}", record.Baseline.ValLoss, ColourOfBaseline),
            new ChartRule($"{(record.Teachers.Count == 1 ? "teacher" : "teachers together")}: {ReportCell.Loss(record.TeacherLoss).Text}", record.TeacherLoss, ColourOfTeachers),
        }.Where(rule => double.IsFinite(rule.Value)),
    ];

    /// <summary>Neither the teachers' nor the baseline's.</summary>
    private static int ColourOf(int generation) => generation == 0 ? ColourOfStudent : generation + ColourOfBaseline;

    private static string NameOf(IReadOnlyList<DistillationSource> chain, int i) => chain.Count == 1 ? "student" : $"generation {chain[i].Record.Generation ?? (i + 1)}";

    private static ReportTable Losses(string prefix, IReadOnlyList<DistillationSource> chain)
    {
        DistillationRecord record = chain[0].Record;
        // All are of one text, so that a ratio turns the losses of those whose folders are gone.
        double? bits = chain.Select(source => source.Student?.Result).FirstOrDefault(result => result is not null) is { ValLoss: not 0 } result ? result.BitsPerByte / result.ValLoss : null;
        return new ReportTable(
            $"{prefix}-losses",
            $"Losses in nats a token, on {ReportCell.Count(record.ValidationTokens).Text} validation tokens",
            ["", "validation loss", "bits per byte", "gain kept", "run"],
            [
                .. record.Teachers.Count > 1 ? new[] { Row("teachers together", null, record.TeacherLoss, ReportCell.Nothing) } : [],
                .. record.Teachers.Select((teacher, i) => Row(record.Teachers.Count == 1 ? "teacher" : $"teacher {i + 1} alone", teacher.RunId, teacher.ValLoss, ReportCell.Nothing)),
                Row("baseline", record.Baseline.RunId, record.Baseline.ValLoss, ReportCell.Nothing),
                .. chain.Select((source, i) => Row(NameOf(chain, i), source.Record.Student.RunId, source.Record.Student.ValLoss, source.Record.ShareKept is { } share ? ReportCell.Percent(share) : ReportCell.Of("no gain"))),
            ])
        {
            Highlighted = (record.Teachers.Count > 1 ? record.Teachers.Count + 1 : 1) + chain.Count,
        };

        IReadOnlyList<ReportCell> Row(string what, string? run, double loss, ReportCell share) =>
            [ReportCell.Of(what), ReportCell.Loss(loss), ReportCell.Loss(bits * loss), share, ReportCell.Of(run)];
    }

    /// <summary>How the student was taught: the corpus and its sampling, or the soft labels, and its own recipe.</summary>
    private static ReportTable Teaching(string prefix, DistillationSource source)
    {
        DistillationRecord record = source.Record;
        SyntheticRecipe? corpus = source.Corpus?.Recipe;
        TrainingConfig? student = source.Student?.Config;
        (string Name, ReportCell Cell)[] rows =
        [
            ("method", ReportCell.Of(Method(record))),
            ("several teachers by", record.Teachers.Count > 1 ? ReportCell.Of(record.Kind.ToString().ToLowerInvariant()) : ReportCell.Nothing),
            ("alpha, the teachers' weight in the loss", ReportCell.Of(record.Alpha)),
            ("temperature of the labels", ReportCell.Of(record.Temperature)),
            ("share of synthetic windows", ReportCell.Percent(record.Weight)),
            ("synthetic corpus", ReportCell.Of(record.SyntheticId)),
            ("its tokens", ReportCell.Count(record.SyntheticTokens)),
            ("tokens a sequence", ReportCell.Count(corpus?.Length)),
            ("temperature of the sampling", ReportCell.Of(corpus?.Temperature)),
            ("top-k", corpus is null ? ReportCell.Nothing : corpus.TopK == 0 ? ReportCell.Of("all") : ReportCell.Count(corpus.TopK)),
            ("top-p", ReportCell.Of(corpus?.TopP)),
            ("seed of the sampling", ReportCell.Of(corpus?.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture))),
            ("tokens sampled a second", source.Corpus is { TokensPerSecond: > 0 and var rate } ? ReportCell.Amount(Math.Round(rate)) : ReportCell.Nothing),
            ("student's model", student is null ? ReportCell.Nothing : ReportCell.Of(RunLabels.ModelName(student))),
            ("student's parameters", ReportCell.Count(student?.Model.ParameterCount)),
            ("student's epochs", ReportCell.Count(student is { StepLimit: null } ? student.Epochs : null)),
            ("student's steps", ReportCell.Count(student?.Steps)),
            ("student's learning rate", ReportCell.Of(student?.LearningRate)),
            ("student's weight decay", ReportCell.Of(student?.WeightDecay)),
        ];
        return new ReportTable(
            $"{prefix}-teaching",
            "How it was taught",
            ["what", "value"],
            [.. rows.Where(row => row.Cell != ReportCell.Nothing).Select(row => (IReadOnlyList<ReportCell>)[ReportCell.Of(row.Name), row.Cell])]);
    }
}

using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb(Name, HelpText = "Fits a scaling law to runs or to a table: parameters with intervals, minima, predictions, data efficiency. Without --law, lists the laws.")]
internal sealed class FitVerb : FitVerbColumns
{
    public const string Name = "fit";

    private const int MostBootstraps = 1_000_000;

    [Option("law", HelpText = "Which law; alone, it tells what the law is and what was published of it.")]
    public string? Law { get; set; }

    [Option("runs", HelpText = "A folder of runs to fit.")]
    public string? Runs { get; set; }

    [Option("csv", HelpText = "A table to fit: a file with a line of column names, or with JSON objects, or more with commas between, or a folder of them.")]
    public string? Csv { get; set; }

    [Option("where", HelpText = "Only rows that satisfy COLUMN=VALUE (= != < <= > >=; one of several values with | between; more conditions with commas between).")]
    public string? Where { get; set; }

    [Option("criterion", HelpText = "Instead of what the law's source minimised: squares, squares-of-log, huber, huber-of-log.")]
    public string? Criterion { get; set; }

    [Option("delta", HelpText = "Of Huber's cost, which is the plain sum over points with the quadratic part r^2/2.")]
    public double? Delta { get; set; }

    [Option("drop-highest", HelpText = "Leave out so many rows with the largest losses.")]
    public int DropHighest { get; set; }

    [Option("drop-diverged", HelpText = "Leave out rows of runs that diverged. They are listed in any case.")]
    public bool DropDiverged { get; set; }

    [Option("fix", HelpText = "Hold parameters at values: NAME=VALUE, more with commas between.")]
    public string? Fix { get; set; }

    [Option("free", HelpText = "Fit parameters that the law holds: names with commas between.")]
    public string? Free { get; set; }

    [Option("bootstrap", HelpText = "Bootstrap fits for the intervals; 0 for none. Default 1000, for the laws of loss curves 0.")]
    public int? Bootstrap { get; set; }

    [Option("resample", HelpText = "What the bootstrap draws; default: rows where there are 40 points a parameter or more, else residuals.")]
    public Resampling? Resample { get; set; }

    [Option("confidence", Default = FitOptions.UsualConfidence, HelpText = "Of the intervals.")]
    public double Confidence { get; set; }

    [Option("seed", HelpText = "Of the bootstrap.")]
    public ulong Seed { get; set; }

    [Option("threads", HelpText = "Threads; default: all. The figures do not depend on it.")]
    public int? Threads { get; set; }

    [Option("predict", HelpText = "Points to predict: VARIABLE=VALUE with commas between, more points with ; between.")]
    public string? Predict { get; set; }

    [Option("hold-out", HelpText = "Leave out so many rows of the largest scale, and predict them.")]
    public int HoldOut { get; set; }

    [Option("hold-out-where", HelpText = "Hold out the rows that satisfy this instead, as --where.")]
    public string? HoldOutWhere { get; set; }

    [Option("reference", HelpText = "The optimizer or recipe that others are compared with.")]
    public string? Reference { get; set; }

    [Option("published", HelpText = "Instead of a fit, take published parameters of the law, by their name: to predict, or to be held against the rows.")]
    public string? Published { get; set; }

    [Option("plan", HelpText = "Say which of a bigger model, more members, more epochs and distillation would lower the loss most, by laws of these runs, for --tokens and --hours.")]
    public bool IsPlan { get; set; }

    [Option("tokens", HelpText = "For --plan: the unique training tokens there are.")]
    public double? Tokens { get; set; }

    [Option("hours", HelpText = "For --plan: the budget, on the machine that made the runs.")]
    public double? Hours { get; set; }

    [Option("kept", Default = Planner.PublishedShareKept, HelpText = "For --plan: the share of an ensemble's gain that a distilled student keeps.")]
    public double Kept { get; set; }

    [Option("lr", HelpText = "Column of the learning rate, for the laws of loss curves: straight lines between its rows.")]
    public string? LearningRate { get; set; }

    [Option("warm-up", HelpText = "Steps of warm-up before the first row, for --lr.")]
    public int WarmUp { get; set; }

    [Option("schedules", HelpText = "JSON file with the learning rates of every step by the curves' names, instead of --lr.")]
    public string? Schedules { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        if (IsPlan)
            return MakePlan(cancellation);
        if (Tokens is not null || Hours is not null)
            throw new InputException($"{(Tokens is not null ? "--tokens" : "--hours")} goes with --plan.");
        if (Law is null)
        {
            if (Runs is not null || Csv is not null)
                throw new InputException($"--law is required; it takes one of {string.Join(", ", LawLibrary.All.Select(each => each.Name))}.");
            LawCard.WriteAll(Words, Json);
            return ExitCode.Done;
        }

        Dictionary<string, string> columns = NamedColumns();
        ScalingLaw law = LawLibrary.Find(Law).Over(columns.Keys);
        if (Runs is null && Csv is null)
            return ShowPublished(law);
        FitOptions options = Options();
        if (Published is not null)
            options = options with { Held = FindPublished(law)!.Parameters };
        FitInput input = Read(law, columns);
        options = options with { Predict = FitArguments.ParsePoints(Predict, law, input.Data.Schedules) };
        LawFit fit = LawFitting.Fit(law, input.Data, input.HeldOut, options, cancellation);
        if (Json)
            FitJson.Print(fit, options, input);
        else
            FitReport.Write(Words, fit, options, input);
        return ExitCode.Done;
    }

    private int MakePlan(CancellationToken cancellation)
    {
        if (Law is not null)
            throw new InputException("--plan fits its own laws: it takes no --law.");
        if (Tokens is not { } tokens || Hours is not { } hours)
            throw new InputException("--plan needs --tokens and --hours.");
        InputException.ThrowUnless(tokens > 0, "--tokens", tokens, "a positive number");
        InputException.ThrowUnless(hours > 0, "--hours", hours, "a positive number");
        InputException.ThrowUnless(Kept is > 0 and <= 1, "--kept", Kept, "a number above 0 and up to 1");
        RequireOneSource();
        var planner = new Planner(FitInput.ReadForPlan(Runs, Csv, Where, NamedColumns(), Words), Options(), Kept);
        Plan plan = planner.Make(tokens, hours, cancellation);
        PlanReport.Write(Words, Json, plan);
        return ExitCode.Done;
    }

    private void RequireOneSource()
    {
        if (Runs is null == Csv is null)
            throw new InputException("What is fitted is --runs, a folder, or --csv, a table: give one of them.");
    }

    private int ShowPublished(ScalingLaw law)
    {
        PublishedLaw? published = FindPublished(law);
        IReadOnlyList<LawPoint> points = FitArguments.ParsePoints(Predict, law);
        if (points.Count > 0 && published is null)
            throw new InputException($"--predict needs parameters: fit the law {law.Name} with --runs or --csv.");
        LawPrediction[] predictions = [.. points.Select(point => new LawPrediction(point.Numbers, law.Predict(published!.Parameters, point), Interval: null))];
        LawCard.Write(Words, Json, law, published, predictions);
        return ExitCode.Done;
    }

    /// <summary>The one that was named, else the first; null where there is none and none was named.</summary>
    private PublishedLaw? FindPublished(ScalingLaw law) =>
        law.Published.FirstOrDefault(each => Published is null || each.Name == Published)
        ?? (Published is null
            ? null
            : throw new InputException($"--published was given '{Published}'; {(law.Published.Count == 0 ? $"nothing is published of the law {law.Name} here" : $"it takes one of {string.Join(", ", law.Published.Select(each => each.Name))}")}."));

    private FitOptions Options()
    {
        InputException.ThrowUnless(Delta is null or (> 0 and < double.PositiveInfinity), "--delta", Delta, "a positive number");
        InputException.ThrowUnless(Bootstrap is null or (>= 0 and <= MostBootstraps), "--bootstrap", Bootstrap, $"a whole number from 0 to {MostBootstraps}");
        InputException.ThrowUnless(Confidence is > 0 and < 1, "--confidence", Confidence, "a number between 0 and 1");
        InputException.ThrowUnless(Threads is null or >= 1, "--threads", Threads, "a whole number from 1");
        InputException.ThrowUnless(HoldOut >= 0, "--hold-out", HoldOut, "a whole number from 0");
        InputException.ThrowUnless(WarmUp >= 0, "--warm-up", WarmUp, "a whole number from 0");
        return new FitOptions
        {
            Criterion = FitArguments.ParseCriterion(Criterion, Delta),
            Delta = Delta,
            Held = FitArguments.ParseValues("--fix", Fix),
            Freed = FitArguments.ParseNames(Free),
            Bootstraps = Bootstrap,
            Resampling = Resample,
            Confidence = Confidence,
            Seed = Seed,
            Threads = Threads ?? Environment.ProcessorCount,
            HoldOut = HoldOut,
            Reference = Reference,
        };
    }

    private FitInput Read(ScalingLaw law, Dictionary<string, string> columns)
    {
        RequireOneSource();
        var input = new FitInput(law, columns, Where, HoldOutWhere, Words);
        if (law is CurveLaw)
            input.ReadCurves(Runs, Csv, LearningRate, WarmUp, Schedules);
        else if (LearningRate is not null || Schedules is not null || WarmUp > 0)
            throw new InputException($"--lr, --warm-up and --schedules go with the laws of loss curves; {law.Name} is none.");
        else
            input.ReadRows(Runs, Csv);
        input.LeaveOut(DropDiverged, DropHighest);
        return input;
    }
}

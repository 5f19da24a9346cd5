using System.Globalization;
using MathNet.Numerics.Statistics;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Weighs a bigger model, more members, more epochs and distillation against each other for a budget of hours: a power law
/// of the loss in each direction through the runs there are, and hours in proportion to parameters times tokens.
/// </summary>
public sealed class Planner
{
    /// <summary>
    /// Of an ensemble's gain over its members, kept by a student: arXiv 2509.14786, eight 300M teachers, a 300M student.
    /// </summary>
    public const double PublishedShareKept = .83;

    /// <summary>The student's tokens that its teacher wrote; it trains on 1 / (1 - share) times the real ones. Ibid.</summary>
    private const double SyntheticShare = .9;

    /// <summary>Writing a token takes a forward pass, training on it that and a backward pass of twice the work.</summary>
    private const double WritingShare = 1.0 / 3;

    /// <summary>Runs whose unique tokens differ by less are on the same.</summary>
    private const double SameTokens = .01;

    private static readonly LawVariable Unique = new("U", "unique training tokens") { UsualColumns = ["u", "unique", "unique_tokens"] };
    private static readonly LawVariable Members = LawVariable.Members with { IsOptional = true };
    private static readonly LawVariable Hours = new("hours", "hours that the run took, all members together") { UsualColumns = ["hours"] };
    private static readonly LawVariable[] Variables = [LawVariable.Parameters, LawVariable.Tokens, Unique, Members, Hours];

    private readonly PlanRun[] runs;
    private readonly FitOptions options;
    private readonly double kept;

    /// <param name="data">As <see cref="Read"/> gives them.</param>
    /// <param name="options">Of the fits.</param>
    /// <param name="kept">The share of an ensemble's gain that a student keeps.</param>
    /// <exception cref="InputException">A value is not positive.</exception>
    public Planner(LawData data, FitOptions options, double kept = PublishedShareKept)
    {
        LawDataChecks.RequirePositive(data, [.. Variables, LawVariable.Loss]);
        this.options = options;
        this.kept = kept;
        runs =
        [
            .. Enumerable.Range(0, data.Count).Select(row => new PlanRun(
                data.Rows[row],
                data.Numbers("N")[row],
                data.Numbers(Unique.Name)[row],
                data.Numbers("D")[row],
                data.Has(Members.Name) ? data.Numbers(Members.Name)[row] : 1,
                data.Target[row],
                data.Numbers(Hours.Name)[row])),
        ];
    }

    /// <summary>The rows of a table that a plan is made from: n, d, u, loss, hours and, for ensembles, k.</summary>
    public static LawData Read(DataTable table, IReadOnlyDictionary<string, string> columns) =>
        LawDataReader.Read("A plan", Variables, LawVariable.Loss, table, columns);

    /// <exception cref="InputException">There is no single run on so many tokens.</exception>
    public Plan Make(double tokens, double hours, CancellationToken cancellation = default)
    {
        PlanRun[] here = [.. runs.Where(run => Math.Abs(run.UniqueTokens - tokens) <= SameTokens * tokens)];
        PlanRun[] single = [.. here.Where(run => run.Members == 1)];
        if (single.Length == 0)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"--tokens was given {tokens:G6}; there are single runs on: {string.Join(", ", runs.Where(run => run.Members == 1).Select(run => run.UniqueTokens).Distinct().Order().Select(each => each.ToString("G6", CultureInfo.InvariantCulture)))}."));
        PlanRun best = single.MinBy(run => run.Loss)!;
        double rate = single.Select(run => run.Hours / (run.Parameters * run.Tokens)).Median();
        PlanOption members = MoreMembers(here, best, hours, cancellation);
        PlanOption[] all =
        [
            BiggerModel(single, best, hours, rate, cancellation),
            members,
            MoreEpochs(single, best, hours, rate, cancellation),
            Distillation(here, best, hours, rate, cancellation),
        ];
        return new Plan(tokens, hours, best, [.. all.OrderBy(option => option.Loss ?? double.PositiveInfinity)]);
    }

    /// <summary>The best loss at each size, at the epochs of the best run.</summary>
    private PlanOption BiggerModel(PlanRun[] single, PlanRun best, double hours, double rate, CancellationToken cancellation)
    {
        var option = new PlanOption("a bigger model");
        PlanRun[] bySize = [.. single.GroupBy(run => run.Parameters).Select(group => group.MinBy(run => run.Loss)!).OrderBy(run => run.Parameters)];
        double size = hours / (rate * best.Tokens);
        if (size <= best.Parameters)
            return option with { Notes = [TooLittle(hours, $"no more than {Text(size)} parameters at {Text(best.Epochs)} epochs")] };
        return Promise(option with { Parameters = size, Members = 1, Epochs = best.Epochs, Hours = hours }, LawVariable.Parameters, bySize, run => run.Parameters, size, cancellation);
    }

    /// <summary>The size whose ensembles promise the lowest loss for the budget.</summary>
    private PlanOption MoreMembers(PlanRun[] here, PlanRun best, double hours, CancellationToken cancellation)
    {
        var option = new PlanOption("more members");
        var notes = new List<string>();
        PlanOption? lowest = null;
        foreach (IGrouping<(double Parameters, double Tokens), PlanRun> ensemble in here.GroupBy(run => (run.Parameters, run.Tokens)).Where(group => group.Any(run => run.Members > 1)))
        {
            PlanRun[] bySize = [.. ensemble.GroupBy(run => run.Members).Select(group => group.MinBy(run => run.Loss)!).OrderBy(run => run.Members)];
            double members = Math.Floor(hours / bySize.Average(run => run.Hours / run.Members));
            if (members < 2)
            {
                notes.Add(TooLittle(hours, $"{members:0} members of {Text(ensemble.Key.Parameters)} parameters"));
                continue;
            }

            PlanOption each = Promise(
                option with { Parameters = ensemble.Key.Parameters, Members = members, Epochs = ensemble.Key.Tokens / best.UniqueTokens, Hours = members * bySize.Average(run => run.Hours / run.Members) },
                LawVariable.Members,
                bySize,
                run => run.Members,
                members,
                cancellation);
            if (each.Loss is null)
                notes.AddRange(each.Notes);
            else if (lowest is null || each.Loss < lowest.Loss)
                lowest = each;
        }

        if (lowest is not null)
            return lowest;
        return option with { Notes = notes.Count > 0 ? notes : ["No ensemble was measured on these tokens."] };
    }

    /// <summary>The best run's model for longer, by the runs of that model.</summary>
    private PlanOption MoreEpochs(PlanRun[] single, PlanRun best, double hours, double rate, CancellationToken cancellation)
    {
        var option = new PlanOption("more epochs");
        PlanRun[] byEpochs = [.. single.Where(run => run.Parameters == best.Parameters).GroupBy(run => run.Tokens).Select(group => group.MinBy(run => run.Loss)!).OrderBy(run => run.Tokens)];
        double tokens = hours / (rate * best.Parameters);
        if (tokens <= best.Tokens)
            return option with { Notes = [TooLittle(hours, $"no more than {Text(tokens / best.UniqueTokens)} epochs of the best run's model")] };
        if (byEpochs[^1] != best)
        {
            return option with
            {
                Notes = [$"The loss rises beyond {Text(best.Epochs)} epochs already: {byEpochs[^1].Name} with {Text(byEpochs[^1].Epochs)} has {Text(byEpochs[^1].Loss)}. Regularise more before training longer."],
            };
        }

        return Promise(option with { Parameters = best.Parameters, Members = 1, Epochs = tokens / best.UniqueTokens, Hours = hours }, LawVariable.Tokens, byEpochs, run => run.Tokens, tokens, cancellation);
    }

    /// <summary>A student of the best run's size, taught by as many members as the rest of the budget pays for.</summary>
    private PlanOption Distillation(PlanRun[] here, PlanRun best, double hours, double rate, CancellationToken cancellation)
    {
        var option = new PlanOption("distillation of more members");
        double trained = best.Tokens / (1 - SyntheticShare);
        double student = rate * best.Parameters * (trained + (WritingShare * (trained - best.Tokens)));
        if (student >= hours)
            return option with { Notes = [TooLittle(hours, $"no teacher beside the student, who takes {Text(student)} hours")] };
        PlanOption teacher = MoreMembers(here, best, hours - student, cancellation);
        if (teacher.Loss is not { } loss)
            return option with { Notes = teacher.Notes };
        PlanRun alone = here.Where(run => run.Parameters == teacher.Parameters && run.Members == 1).MinBy(run => run.Loss) ?? best;
        double Taught(double ensemble) => alone.Loss - (kept * (alone.Loss - ensemble));
        return option with
        {
            Parameters = best.Parameters,
            Members = teacher.Members,
            Epochs = best.Epochs,
            Hours = student + teacher.Hours,
            Loss = Taught(loss),
            Interval = teacher.Interval is { } interval ? new Interval(Taught(interval.Low), Taught(interval.High)) : null,
            Notes = [$"One model to keep: {Text(kept)} of the members' gain over the best one of their size, {Text(alone.Loss)}; {Text(SyntheticShare)} of the student's tokens written by them.", .. teacher.Notes],
        };
    }

    private PlanOption Promise(PlanOption option, LawVariable over, PlanRun[] points, Func<PlanRun, double> scale, double at, CancellationToken cancellation)
    {
        var data = new LawData(
            [.. points.Select(run => run.Name)],
            [.. points.Select(run => run.Loss)],
            new Dictionary<string, double[]> { [over.Name] = [.. points.Select(scale)] });
        try
        {
            FitOptions here = options with { Predict = [new LawPoint(option.What, new Dictionary<string, double> { [over.Name] = at })] };
            LawFit fit = LawFitting.Fit(new PowerLaw(over), data, here, cancellation);
            LawPrediction prediction = fit.Predictions[0];
            IReadOnlyDictionary<string, double> law = fit.Estimate.Parameters;
            string form = string.Create(CultureInfo.InvariantCulture, $"{law["A"]:G4} / {over.Name}^{law["alpha"]:G4} + {law["E"]:G5} through {fit.Points} points");
            return option with { Loss = prediction.Value, Interval = prediction.Interval, Notes = [form, .. fit.Warnings] };
        }
        catch (InputException e)
        {
            return new PlanOption(option.What) { Notes = [e.Message] };
        }
    }

    private static string TooLittle(double hours, string pays) => $"{Text(hours)} hours pay for {pays}.";

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}

using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>One law fitted to one table from many starts.</summary>
internal sealed class RegressionFit
{
    /// <summary>Ends whose objectives differ by less than this share are one minimum.</summary>
    private const double SameMinimum = 1e-6;

    /// <summary>Residuals below this share of the measurements are rounding.</summary>
    private const double ExactShare = 1e-9;

    private const int MostMinima = 8;
    private const int MostSteps = 400;
    private const int MostStepsAgain = 5000;

    private readonly RegressionLaw law;
    private readonly LawData data;
    private readonly FitOptions options;
    private readonly FitCriterion criterion;
    private readonly double?[] held;
    private readonly ParameterSpace space;
    private readonly LawModel model;
    private readonly double[]? weights;

    /// <exception cref="InputException">Too few rows, or a parameter that the law does not have.</exception>
    public RegressionFit(RegressionLaw law, LawData data, FitOptions options)
    {
        this.law = law;
        this.data = data;
        this.options = options;
        criterion = options.Criterion ?? law.Criterion;
        if (options.Delta is { } delta)
            criterion = criterion with { Delta = delta };
        held = HeldValues(law, options);
        space = new ParameterSpace(law.Parameters, held);
        if (data.Count < space.Count)
            throw new InputException($"The law {law.Name} has {space.Count} parameters to fit ({string.Join(", ", FreeNames())}) and needs as many points; there {(data.Count == 1 ? "is 1" : $"are {data.Count}")}.");
        model = law.Bind(data);
        weights = law.Weights(data);
    }

    public LawEstimate Run(LawEstimate? near, CancellationToken cancellation)
    {
        Minimum[] ends = near is null ? FromEverywhere(cancellation) : FromMinima(near, cancellation);
        Minimum[][] minima = Group(ends);
        Minimum best = minima[0][0];
        double[] values = space.ToValues(best.Coordinates);
        double[] fitted = new double[data.Count];
        model.Evaluate(values, fitted, default);
        Dictionary<string, double> parameters = law.ByName(values);
        return new LawEstimate
        {
            Parameters = parameters,
            Fitted = fitted,
            Objective = best.Objective,
            Criterion = criterion,
            FittedParameters = space.Count,
            Findings = law.Derive(parameters),
            Minima = [.. minima.Take(MostMinima).Select(group => new LawMinimum(group[0].Objective, group.Length, law.ByName(space.ToValues(group[0].Coordinates))))],
            Starts = ends.Length,
            Warnings = near is not null ? [] : [.. FitWarnings.Of(law, Problem(), best, model, IsExact(best.Objective)), .. law.Notes(data, parameters)],
        };
    }

    private static double?[] HeldValues(RegressionLaw law, FitOptions options)
    {
        foreach (string name in options.Held.Keys.Concat(options.Freed))
        {
            if (!law.Parameters.Any(parameter => parameter.Name == name))
                throw new InputException($"The law {law.Name} has no parameter '{name}'; it has {string.Join(", ", law.Parameters.Select(parameter => parameter.Name))}.");
        }

        return
        [
            .. law.Parameters.Select(parameter =>
                options.Held.TryGetValue(parameter.Name, out double value) ? value
                : options.Freed.Contains(parameter.Name) ? null
                : parameter.Held),
        ];
    }

    private IEnumerable<string> FreeNames()
    {
        foreach (int i in space.Free.ToArray())
            yield return law.Parameters[i].Name;
    }

    private Minimum[] FromEverywhere(CancellationToken cancellation)
    {
        IReadOnlyList<double[]> starts = StartingPoints.Of(law, model, data.Target, held);
        var ends = new Minimum[starts.Count];
        Workers.For(starts.Count, options.Threads, i => ends[i] = LevenbergMarquardt.Minimize(Problem(), space.ToCoordinates(starts[i]), MostSteps, cancellation), cancellation);
        // Only those that may be a minimum of their own are worth more steps.
        double least = ends.Min(end => end.Objective);
        Workers.For(
            ends.Length,
            options.Threads,
            i =>
            {
                if (!ends[i].Converged && ends[i].Objective <= 2 * least)
                    ends[i] = LevenbergMarquardt.Minimize(Problem(), ends[i].Coordinates, MostStepsAgain, cancellation);
            },
            cancellation);
        return ends;
    }

    private Minimum[] FromMinima(LawEstimate near, CancellationToken cancellation)
    {
        const int Enough = 3;
        ResidualProblem problem = Problem();
        return [.. near.Minima.Take(Enough).Select(minimum => LevenbergMarquardt.Minimize(problem, space.ToCoordinates(law.InOrder(minimum.Parameters)), MostSteps, cancellation))];
    }

    private ResidualProblem Problem() => new(model, space, criterion, data.Target, weights);

    /// <summary>Ends by the minimum they reached, the lowest first; those that were still under way only where nothing else is.</summary>
    private Minimum[][] Group(Minimum[] ends)
    {
        Minimum[] finite = [.. ends.Where(end => double.IsFinite(end.Objective)).OrderBy(end => end.Objective)];
        if (finite.Length == 0)
            throw new InputException($"The law {law.Name} has no value at any start: its columns may be mixed up.");
        var groups = new List<List<Minimum>>();
        foreach (Minimum end in finite)
        {
            if (groups.Count > 0 && (end.Objective <= groups[^1][0].Objective * (1 + SameMinimum) || IsExact(end.Objective)))
                groups[^1].Add(end);
            else if (end.Converged || groups.Count == 0)
                groups.Add([end]);
        }

        return [.. groups.Select(group => group.ToArray())];
    }

    /// <summary>Whether an objective is what rounding leaves of 0.</summary>
    private bool IsExact(double objective)
    {
        double cost = 0;
        for (int i = 0; i < data.Count; i++)
            cost += (weights is null ? 1 : weights[i]) * criterion.Cost(ExactShare * (criterion.OnLog ? 1 : data.Target[i]));
        return objective <= cost;
    }
}

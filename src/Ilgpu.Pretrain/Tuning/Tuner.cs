namespace Ilgpu.Pretrain.Tuning;

/// <summary>
/// Coordinate descent over a grid. In one direction after the other it asks for both neighbours of the point where it
/// stands, goes to the lower one if that is lower than here, and on until none is; it ends when no direction leads on, and
/// then every one-step neighbour has been run. What it asks for, and in which order, follows from grid, start and losses
/// alone.
/// </summary>
/// <param name="grid">Validated here.</param>
/// <param name="objective">What is lowered.</param>
/// <param name="progress">Told how it comes along, or null.</param>
public sealed class Tuner(TuningGrid grid, ITuningObjective objective, ITuningProgress? progress = null)
{
    private readonly List<TriedPoint> tried = [];
    private readonly Dictionary<TuningPoint, double> losses = [];
    private readonly List<TuningPoint> path = [];
    private int mostTrials;
    private bool isOutOfTrials;

    /// <param name="start">On the grid.</param>
    /// <param name="repeats">Trials with other seeds at a certified optimum, which measure the noise; 0 for none.</param>
    /// <param name="trials">At most so many, repeats included; null for as many as it takes. Repeats that do not all fit are left out.</param>
    /// <exception cref="InputException">The grid cannot be used, or the start is not on it.</exception>
    /// <exception cref="OperationCanceledException">The objective was asked to stop.</exception>
    public TuningSearch Run(TuningPoint start, int repeats = 0, int? trials = null)
    {
        grid.Validate();
        grid.RequireOn(start);
        ArgumentOutOfRangeException.ThrowIfNegative(repeats);
        mostTrials = trials ?? int.MaxValue;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostTrials, nameof(trials));
        tried.Clear();
        losses.Clear();
        path.Clear();
        isOutOfTrials = false;

        path.Add(start);
        Descend();
        TuningPoint optimum = path[^1];
        bool isCertified = Certificate.For(grid, optimum, losses, noise: null).IsCertified;
        SeedNoise? noise = isCertified ? MeasureNoise(optimum, repeats) : null;
        return new TuningSearch
        {
            Tried = [.. tried],
            Path = [.. path],
            Optimum = optimum,
            Loss = losses[optimum],
            Certificate = Certificate.For(grid, optimum, losses, noise),
        };
    }

    private void Descend()
    {
        IReadOnlyList<TuningDirection> directions = grid.Tuned;
        int settled = 0;
        for (int i = 0; settled < directions.Count && !isOutOfTrials; i = (i + 1) % directions.Count)
        {
            TuningPoint from = path[^1];
            DescendIn(directions[i]);
            settled = path[^1] == from ? settled + 1 : 1;
        }
    }

    private void DescendIn(TuningDirection direction)
    {
        while (true)
        {
            TuningPoint here = path[^1];
            TuningPoint[] around = [.. TuningGrid.Steps.Select(step => grid.Neighbor(here, direction, step)).OfType<TuningPoint>()];
            // The first point and its first neighbours do not wait for each other.
            Ask([here, .. around]);
            TuningPoint best = around.Where(losses.ContainsKey).Aggregate(here, (best, point) => IsBetter(point, best) ? point : best);
            if (best == here)
                return;
            progress?.OnMove(here, best);
            path.Add(best);
            if (isOutOfTrials)
                return;
        }
    }

    /// <summary>Among points that diverged a lower learning rate is the way out.</summary>
    private bool IsBetter(TuningPoint point, TuningPoint than) =>
        double.IsPositiveInfinity(losses[point]) && double.IsPositiveInfinity(losses[than])
            ? point.LearningRate < than.LearningRate
            : losses[point] < losses[than];

    private void Ask(IEnumerable<TuningPoint> points)
    {
        TuningTrial[] trials = [.. points.Where(point => !losses.ContainsKey(point)).Select(point => new TuningTrial(point))];
        int room = mostTrials - tried.Count;
        isOutOfTrials = trials.Length > room;
        if (isOutOfTrials)
            trials = trials[..room];
        foreach (TriedPoint answer in AskFor(trials))
            losses.Add(answer.Point, answer.Loss);
    }

    private SeedNoise? MeasureNoise(TuningPoint optimum, int repeats)
    {
        if (repeats == 0 || repeats > mostTrials - tried.Count)
            return null;
        TriedPoint[] answers = AskFor([.. Enumerable.Range(1, repeats).Select(repeat => new TuningTrial(optimum, repeat))]);
        return SeedNoise.Of([losses[optimum], .. answers.Select(answer => answer.Loss)]);
    }

    private TriedPoint[] AskFor(TuningTrial[] trials)
    {
        if (trials.Length == 0)
            return [];
        progress?.OnAsk(trials);
        IReadOnlyList<TrialOutcome> outcomes = objective.Run(trials);
        if (outcomes.Count != trials.Length || outcomes.Any(outcome => double.IsNaN(outcome.Loss) || double.IsNegativeInfinity(outcome.Loss)))
            throw new InvalidOperationException($"The objective answered {trials.Length} trials with {outcomes.Count} losses: {string.Join(", ", outcomes.Select(outcome => outcome.Loss))}.");
        TriedPoint[] answers =
        [
            .. trials.Zip(outcomes, (trial, outcome) => new TriedPoint
            {
                Point = trial.Point,
                Repeat = trial.Repeat,
                Loss = outcome.Loss,
                Runs = outcome.Runs,
                Divergence = outcome.Divergence,
            }),
        ];
        tried.AddRange(answers);
        progress?.OnAnswer(answers);
        return answers;
    }
}

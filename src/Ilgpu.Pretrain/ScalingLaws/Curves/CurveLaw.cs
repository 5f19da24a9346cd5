namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law of whole loss curves: the loss at a step follows from the learning rates of all steps before.</summary>
public abstract class CurveLaw : RegressionLaw
{
    public static readonly LawVariable Step = new("step", "optimizer steps taken") { UsualColumns = ["step", "steps"], TakesZero = true };

    public static readonly LawVariable Curve = new("curve", "which curve a row is of") { IsWord = true, UsualColumns = ["curve"] };

    public override IReadOnlyList<LawVariable> Variables { get; } = [Step, Curve];

    /// <summary>A fit walks through every step of every curve.</summary>
    public override int UsualBootstraps => 0;

    public override LawModel Bind(LawData data)
    {
        string[] names = data.Words(Curve.Name);
        double[] steps = data.Numbers(Step.Name);
        return Bind(
        [
            .. Enumerable.Range(0, data.Count).GroupBy(row => names[row]).Select(group =>
            {
                if (!data.Schedules.TryGetValue(group.Key, out LearningRateCurve? schedule))
                    throw new InputException($"The curve {group.Key} has no learning rates; there are those of: {string.Join(", ", data.Schedules.Keys)}.");
                int[] rows = [.. group.OrderBy(row => steps[row])];
                if (steps[rows[^1]] >= schedule.Steps)
                    throw new InputException(FormattableString.Invariant($"{data.Rows[rows[^1]]}: step {steps[rows[^1]]} is beyond the learning rates of the curve {group.Key}, which end at step {schedule.Steps - 1}."));
                return new CurveRows(schedule, rows, [.. rows.Select(row => (int)steps[row])]);
            }),
        ]);
    }

    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at)
    {
        LearningRateCurve schedule = at.Schedule ?? throw new InputException($"{at.Name} names no curve with learning rates, from which the law {Name} predicts.");
        int step = (int)at[Step.Name];
        if (step >= schedule.Steps)
            throw new InputException($"{at.Name}: step {step} is beyond its learning rates, which end at step {schedule.Steps - 1}.");
        double[] value = new double[1];
        Bind([new CurveRows(schedule, [0], [step])]).Evaluate(InOrder(parameters), value, default);
        return value[0];
    }

    /// <summary>The law on curves.</summary>
    protected abstract LawModel Bind(IReadOnlyList<CurveRows> curves);

    /// <param name="Schedule">Of the curve.</param>
    /// <param name="Rows">Of the table, by ascending step.</param>
    /// <param name="Steps">Theirs.</param>
    protected sealed record CurveRows(LearningRateCurve Schedule, int[] Rows, int[] Steps);
}

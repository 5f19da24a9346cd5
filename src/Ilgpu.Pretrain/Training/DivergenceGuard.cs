namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Stops a run that has nothing to hope for: at once when a number is not finite, and when the loss stays above
/// <see cref="BoundFactor"/> times that of guessing uniformly for <see cref="Patience"/> steps in a row.
/// </summary>
/// <param name="vocabulary">Guessing uniformly among so many tokens costs its logarithm.</param>
internal sealed class DivergenceGuard(int vocabulary)
{
    public const double BoundFactor = 3;
    public const int Patience = 20;

    private readonly double bound = BoundFactor * Math.Log(vocabulary);

    public int StepsBeyondBound { get; set; }

    public static TrainingDivergedException Diverged(long step, string what, double learningRate) =>
        new(
            FormattableString.Invariant(
                $"Step {step}: {what} (learning rate {learningRate:G4}). What was saved before is kept; try a lower learning rate."),
            step);

    public static void RequireFinite(double value, string name, long step, double learningRate)
    {
        if (!double.IsFinite(value))
            throw Diverged(step, FormattableString.Invariant($"the {name} is {value}"), learningRate);
    }

    public void RequireBounded(double loss, long step, double learningRate)
    {
        StepsBeyondBound = loss > bound ? StepsBeyondBound + 1 : 0;
        if (StepsBeyondBound >= Patience)
        {
            throw Diverged(
                step,
                FormattableString.Invariant($"the loss is {loss:G4} and has been above {bound:G4}, {BoundFactor} times that of guessing, for {Patience} steps"),
                learningRate);
        }
    }
}

namespace Ilgpu.Pretrain.Optimization;

/// <summary>
/// The weight decay of each step. It is decoupled and multiplied by the learning rate whatever it is (arXiv 1711.05101), so
/// that a constant one already follows the learning rate's shape in what a step takes away; this is beside that.
/// </summary>
/// <param name="kind">The shape.</param>
/// <param name="first">The first step's, or the one at the peak for <see cref="WeightDecayKind.Rate"/>; not negative.</param>
/// <param name="last">The last step's; <see cref="WeightDecayKind.Constant"/> and <see cref="WeightDecayKind.Rate"/> ignore it.</param>
/// <param name="learningRate">Of the same run.</param>
public sealed class WeightDecaySchedule(WeightDecayKind kind, double first, double last, LearningRateSchedule learningRate)
{
    /// <summary>The weight decay of a step, counted from 0.</summary>
    public double At(long step)
    {
        double rate = learningRate.At(step);
        double progress = step / (double)Math.Max(1, learningRate.Steps - 1);
        return kind switch
        {
            WeightDecayKind.Constant => first,
            WeightDecayKind.Rate => first * (rate / learningRate.Peak),
            WeightDecayKind.Linear => Between(progress),
            _ => Between(.5 * (1 - Math.Cos(Math.PI * progress))),
        };
    }

    private double Between(double share) => first + ((last - first) * share);
}

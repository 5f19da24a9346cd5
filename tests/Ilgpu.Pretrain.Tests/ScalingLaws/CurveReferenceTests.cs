using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>The laws of loss curves beside their formulas, summed up term by term.</summary>
public sealed class CurveReferenceTests
{
    private static readonly LearningRateCurve Schedule = LearningRateCurve.Cosine(300, .01, .001, 25);

    /// <summary>Sums of a few hundred terms in another order.</summary>
    private const double Tolerance = 1e-11;

    [Fact]
    public void Multi_power()
    {
        double[] p = [2.5, .4, .5, 30, 1.7, .6, .55];
        double[] eta = Schedule.Rates;
        Check(new MultiPowerLaw(), p, t =>
        {
            double first = eta[..(t + 1)].Sum(), reduction = 0;
            for (int k = 1; k <= t; k++)
            {
                double x = Math.Pow(eta[k], -p[6]) * eta[k..(t + 1)].Sum();
                reduction += (eta[k - 1] - eta[k]) * (1 - Math.Pow(1 + (p[4] * x), -p[5]));
            }

            return p[0] + (p[1] * Math.Pow(first, -p[2])) - (p[3] * reduction);
        });
    }

    [Fact]
    public void Annealing()
    {
        double[] p = [2.5, .4, .5, 3, .97];
        double[] eta = Schedule.Rates;
        Check(new AnnealingLaw(), p, t =>
        {
            // The momentum at step i is the sum of all drops before it, each faded by its age.
            double area = 0;
            for (int i = 1; i <= t; i++)
            {
                for (int k = Schedule.WarmUpSteps; k <= i; k++)
                    area += Math.Pow(p[4], i - k) * (eta[k - 1] - eta[k]);
            }

            return p[0] + (p[1] * Math.Pow(eta[..(t + 1)].Sum(), -p[2])) - (p[3] * area);
        });
    }

    [Fact]
    public void Rates_between_known_ones_lie_on_straight_lines_and_the_warm_up_begins_at_0()
    {
        LearningRateCurve curve = LearningRateCurve.Through([(10, 4), (20, 2), (22, 2)], warmUpSteps: 5);
        Assert.Equal([0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 3.8], curve.Rates[..12].Select(rate => Math.Round(rate, 12)));
        Assert.Equal(2, curve.Rates[22]);
        Assert.Equal(23, curve.Steps);
    }

    private static void Check(CurveLaw law, double[] parameters, Func<int, double> expected)
    {
        int[] steps = [3, 26, 27, 100, 299, 300];
        var data = new LawData(
            [.. steps.Select(step => $"step {step}")],
            new double[steps.Length],
            new Dictionary<string, double[]> { ["step"] = [.. steps.Select(step => (double)step)] },
            new Dictionary<string, string[]> { ["curve"] = [.. steps.Select(_ => "x")] }).WithSchedules(new Dictionary<string, LearningRateCurve> { ["x"] = Schedule });
        double[] values = new double[steps.Length];
        law.Bind(data).Evaluate(parameters, values, default);
        for (int i = 0; i < steps.Length; i++)
        {
            Assert.Equal(expected(steps[i]), values[i], Tolerance);
            Assert.Equal(values[i], law.Predict(law.ByName(parameters), data.Point(i)), Tolerance);
        }
    }
}

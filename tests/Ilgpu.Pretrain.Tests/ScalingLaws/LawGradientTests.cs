using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Every law's derivatives by its parameters are what differences of its values say.</summary>
public sealed class LawGradientTests
{
    /// <summary>Of central differences with a step of a millionth: its cube and the rounding of values over it.</summary>
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Laws { get; } = [.. LawLibrary.All.OfType<RegressionLaw>().Select(law => law.Name)];

    [Theory]
    [MemberData(nameof(Laws))]
    public void The_gradient_is_that_of_the_values(string name)
    {
        const int Seed = 11;
        var law = (RegressionLaw)LawLibrary.Find(name);
        var random = new Random(Seed);
        LawModel model = law.Bind(Rows(law));
        for (int repeat = 0; repeat < 5; repeat++)
        {
            double[] parameters = [.. law.Parameters.Select(parameter => Draw(parameter, random))];
            int rows = Rows(law).Count;
            double[] gradient = new double[rows * parameters.Length];
            model.Evaluate(parameters, new double[rows], gradient);
            for (int p = 0; p < parameters.Length; p++)
            {
                double step = 1e-6 * Math.Max(1e-3, Math.Abs(parameters[p]));
                double[] above = At(model, parameters, p, step, rows), below = At(model, parameters, p, -step, rows);
                for (int i = 0; i < rows; i++)
                {
                    double expected = (above[i] - below[i]) / (2 * step);
                    double actual = gradient[(i * parameters.Length) + p];
                    double scale = Math.Max(Math.Abs(expected), Math.Abs(above[i]) * 1e-4 / Math.Abs(parameters[p]));
                    Assert.True(Math.Abs(expected - actual) <= Tolerance * scale, $"seed {Seed}, {law.Parameters[p].Name} at row {i}: {actual}, by differences {expected}");
                }
            }
        }
    }

    /// <summary>Rows on both sides of every case that a formula tells apart.</summary>
    private static LawData Rows(RegressionLaw law)
    {
        if (law is CurveLaw)
        {
            LearningRateCurve schedule = LearningRateCurve.Decaying(120, 1e-2, 1e-3, 20, 60, isLinear: true);
            return new LawData(
                ["a", "b", "c"],
                [1, 1, 1],
                new Dictionary<string, double[]> { ["step"] = [30, 77, 119] },
                new Dictionary<string, string[]> { ["curve"] = ["x", "x", "x"] }).WithSchedules(new Dictionary<string, LearningRateCurve> { ["x"] = schedule });
        }

        double[] spread = [.5, 1.5, 3, 40];
        return new LawData(
            [.. spread.Select((_, i) => $"row {i}")],
            [1, 1, 1, 1],
            law.Variables.Where(variable => !variable.IsWord && variable.Name is not ("prune-from" or "prune-to" or "M"))
                .ToDictionary(variable => variable.Name, variable => spread.Select((value, i) => variable.Name == "U" ? 1 + (i % 2) : value * (variable.Name.Length + 1)).ToArray()));
    }

    private static double Draw(LawParameter parameter, Random random) =>
        Math.Clamp(parameter.Name is "lambda" ? .9 : .3 + random.NextDouble(), parameter.Lower, parameter.Upper);

    private static double[] At(LawModel model, double[] parameters, int parameter, double step, int rows)
    {
        double[] moved = [.. parameters];
        moved[parameter] += step;
        double[] values = new double[rows];
        model.Evaluate(moved, values, default);
        return values;
    }
}

using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a fit's surface says about its parameters: those that the data barely determine, and those on a bound.</summary>
internal static class FitWarnings
{
    /// <summary>Making a factor half as large again, or any other parameter a tenth larger, the others refitted, ...</summary>
    private const double FactorMove = .5;
    private const double Move = .1;

    /// <summary>... should cost more than this share of the objective.</summary>
    private const double FlatShare = 1e-3;

    /// <summary>A term below this share of the law's value plays no part.</summary>
    private const double NoPart = 1e-6;

    /// <param name="law">That was fitted.</param>
    /// <param name="problem">It as a problem.</param>
    /// <param name="best">The minimum.</param>
    /// <param name="model">The law at the points.</param>
    /// <param name="isExact">Whether nothing is left of the objective.</param>
    public static IReadOnlyList<string> Of(RegressionLaw law, ResidualProblem problem, Minimum best, LawModel model, bool isExact)
    {
        ParameterSpace space = problem.Space;
        var warnings = new List<string>();
        bool[] isOut = new bool[space.Count];
        double[] values = space.ToValues(best.Coordinates);
        for (int c = 0; c < space.Count; c++)
        {
            LawParameter parameter = law.Parameters[space.Free[c]];
            if (IsAt(best.Coordinates[c], space.Lower[c]) || IsAt(best.Coordinates[c], space.Upper[c]))
            {
                isOut[c] = true;
                warnings.Add(string.Create(CultureInfo.InvariantCulture, $"{parameter.Name} sits on its bound {values[space.Free[c]]:G4}: the data ask for a value beyond it, or for another law."));
            }
            else if (parameter.IsLogarithmic && PlaysNoPart(problem, model, values, space.Free[c]))
            {
                isOut[c] = true;
                warnings.Add($"{parameter.Name} sits on its bound 0: its term plays no part in the fit, and what else is in the term means nothing.");
            }
        }

        if (!best.Converged)
            warnings.Add("No start came to rest: the parameters are where the search was stopped.");
        if (problem.Points == space.Count)
            warnings.Add($"There are as many points as parameters ({space.Count}): the law passes through all of them, and nothing tells how far to trust it.");
        else if (!isExact)
            AddFlat(law, problem, best, values, isOut, warnings);
        return warnings;
    }

    private static bool IsAt(double coordinate, double bound) => double.IsFinite(bound) && Math.Abs(coordinate - bound) <= 1e-9 * (1 + Math.Abs(bound));

    private static bool PlaysNoPart(ResidualProblem problem, LawModel model, double[] values, int parameter)
    {
        double[] fitted = new double[problem.Points];
        double[] gradient = new double[problem.Points * values.Length];
        model.Evaluate(values, fitted, gradient);
        return Enumerable.Range(0, problem.Points).All(i => Math.Abs(gradient[(i * values.Length) + parameter] * values[parameter]) < NoPart * Math.Abs(fitted[i]));
    }

    private static void AddFlat(RegressionLaw law, ResidualProblem problem, Minimum best, double[] values, bool[] isOut, List<string> warnings)
    {
        ParameterSpace space = problem.Space;
        double[] curvature = LevenbergMarquardt.CurvatureAt(problem, best.Coordinates);
        int[] kept = [.. Enumerable.Range(0, space.Count).Where(c => !isOut[c] && (space.IsLog(c) || best.Coordinates[c] != 0))];
        double[] Relative()
        {
            double[] matrix = new double[kept.Length * kept.Length];
            for (int a = 0; a < kept.Length; a++)
            {
                for (int b = 0; b <= a; b++)
                    matrix[(a * kept.Length) + b] = curvature[(kept[a] * space.Count) + kept[b]] * Scale(kept[a]) * Scale(kept[b]);
            }

            return matrix;
        }

        double Scale(int c) => space.IsLog(c) ? 1 : Math.Abs(best.Coordinates[c]);

        var flat = new List<string>();
        for (int a = 0; a < kept.Length; a++)
        {
            double[] unit = new double[kept.Length];
            unit[a] = 1;
            bool isFactor = space.IsLog(kept[a]);
            double move = isFactor ? Math.Log(1 + FactorMove) : Move;
            double rise = NormalMatrix.Solve(Relative(), unit) ? move * move / 2 / unit[a] / best.Objective : 0;
            if (rise < FlatShare)
                flat.Add(string.Create(CultureInfo.InvariantCulture, $"{law.Parameters[space.Free[kept[a]]].Name} = {values[space.Free[kept[a]]]:G4} by {(isFactor ? "a half" : "a tenth")}"));
        }

        if (flat.Count > 0)
            warnings.Add($"The surface is flat: {string.Join(", ", flat)}, each with the others refitted, would raise the objective by less than a thousandth. Trust predictions near the data, not these values.");
    }
}

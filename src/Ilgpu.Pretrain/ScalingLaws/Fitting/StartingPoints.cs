namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Where fits start: every combination of the parameters' starting values, with the parameters that the law is linear in
/// solved for by least squares.
/// </summary>
internal static class StartingPoints
{
    /// <summary>A factor that least squares would make 0 or less starts at this share of the mean measurement instead.</summary>
    private const double SmallShare = 1e-3;

    /// <returns>All parameters' values, the held ones among them, in a fixed order.</returns>
    public static IReadOnlyList<double[]> Of(RegressionLaw law, LawModel model, ReadOnlySpan<double> measured, double?[] held)
    {
        int[] linear = [.. Enumerable.Range(0, held.Length).Where(i => held[i] is null && law.Parameters[i].Starts.Count == 0)];
        double[] values = measured.ToArray();
        return [.. Combinations(law, held).Select(start => Solve(law, model, values, start, linear))];
    }

    private static IEnumerable<double[]> Combinations(RegressionLaw law, double?[] held)
    {
        IEnumerable<double[]> starts = [[]];
        for (int i = 0; i < held.Length; i++)
        {
            // 1 stands for a linear parameter until it is solved for.
            double[] choices = held[i] is { } value ? [value] : [.. law.Parameters[i].Starts.DefaultIfEmpty(1)];
            starts = starts.SelectMany(start => choices.Select(choice => (double[])[.. start, choice]));
        }

        return starts;
    }

    private static double[] Solve(RegressionLaw law, LawModel model, double[] measured, double[] start, int[] linear)
    {
        if (linear.Length == 0)
            return start;
        int points = measured.Length, all = start.Length;
        double[] values = new double[points];
        double[] gradient = new double[points * all];
        model.Evaluate(start, values, gradient);
        // With every linear parameter at 1, what they do not explain is the value less their derivatives.
        double[] rest = new double[points];
        double[] sizes = new double[linear.Length];
        for (int i = 0; i < points; i++)
        {
            rest[i] = measured[i] - values[i];
            for (int a = 0; a < linear.Length; a++)
            {
                rest[i] += gradient[(i * all) + linear[a]];
                sizes[a] = Math.Max(sizes[a], Math.Abs(gradient[(i * all) + linear[a]]));
            }
        }

        double[] best = BoundedLeastSquares(law, gradient, rest, all, linear, sizes);
        double mean = 0;
        foreach (double each in measured)
            mean += Math.Abs(each) / points;
        for (int a = 0; a < linear.Length; a++)
        {
            double small = sizes[a] > 0 ? SmallShare * mean / sizes[a] : 1;
            start[linear[a]] = law.Parameters[linear[a]].IsLogarithmic && !(best[a] > small * 1e-3) ? small : best[a];
        }

        return start;
    }

    /// <summary>Of all subsets of the linear parameters, the others being 0, the best one that breaks no bound.</summary>
    private static double[] BoundedLeastSquares(RegressionLaw law, double[] gradient, double[] rest, int all, int[] linear, double[] sizes)
    {
        double[] best = new double[linear.Length];
        double least = double.PositiveInfinity;
        for (int subset = (1 << linear.Length) - 1; subset > 0; subset--)
        {
            int[] active = [.. Enumerable.Range(0, linear.Length).Where(a => (subset >> a & 1) == 1 && sizes[a] > 0)];
            double[] matrix = new double[active.Length * active.Length];
            double[] right = new double[active.Length];
            for (int i = 0; i < rest.Length; i++)
            {
                for (int a = 0; a < active.Length; a++)
                {
                    double column = gradient[(i * all) + linear[active[a]]] / sizes[active[a]];
                    right[a] += column * rest[i];
                    for (int b = 0; b <= a; b++)
                        matrix[(a * active.Length) + b] += column * gradient[(i * all) + linear[active[b]]] / sizes[active[b]];
                }
            }

            for (int a = 0; a < active.Length; a++)
                matrix[(a * active.Length) + a] *= 1 + 1e-12;
            if (!NormalMatrix.Solve(matrix, right))
                continue;
            double[] candidate = new double[linear.Length];
            for (int a = 0; a < active.Length; a++)
                candidate[active[a]] = right[a] / sizes[active[a]];
            if (!active.All(a => candidate[a] >= law.Parameters[linear[a]].Lower && candidate[a] <= law.Parameters[linear[a]].Upper))
                continue;
            double squares = 0;
            for (int i = 0; i < rest.Length; i++)
            {
                double residual = rest[i];
                for (int a = 0; a < linear.Length; a++)
                    residual -= candidate[a] * gradient[(i * all) + linear[a]];
                squares += residual * residual;
            }

            if (squares < least)
                (least, best) = (squares, candidate);
        }

        return best;
    }
}

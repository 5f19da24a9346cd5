namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Levenberg's and Marquardt's method inside bounds, for least squares and Huber's cost. Beyond delta Huber's cost has no
/// curvature: a step is first tried with that true curvature (Newton's, quick where the same points stay within delta),
/// then with the slope over the residual instead (reweighting, which always descends).
/// </summary>
internal sealed class LevenbergMarquardt
{
    private const double LeastDamping = 1e-15;
    private const double MostDamping = 1e16;

    /// <summary>A step that promises less than this share of the objective ends the search.</summary>
    private const double Tolerance = 1e-14;

    private readonly ResidualProblem problem;
    private readonly int count;
    private readonly double[] residuals;
    private readonly double[] jacobian;
    private readonly double[] trialResiduals;
    private readonly double[] trialJacobian;
    private readonly double[] gradient;
    private readonly double[] curved;
    private readonly double[] reweighted;
    private readonly double[] matrix;
    private readonly double[] step;
    private readonly bool[] blocked;

    private LevenbergMarquardt(ResidualProblem problem)
    {
        this.problem = problem;
        count = problem.Space.Count;
        residuals = new double[problem.Points];
        trialResiduals = new double[problem.Points];
        jacobian = new double[problem.Points * count];
        trialJacobian = new double[problem.Points * count];
        gradient = new double[count];
        step = new double[count];
        blocked = new bool[count];
        curved = new double[count * count];
        reweighted = new double[count * count];
        matrix = new double[count * count];
    }

    /// <summary>Goes downhill from a place until no step promises anything, or so many steps are done.</summary>
    public static Minimum Minimize(ResidualProblem problem, ReadOnlySpan<double> start, int mostSteps, CancellationToken cancellation) =>
        new LevenbergMarquardt(problem).Run(start.ToArray(), mostSteps, cancellation);

    /// <summary>The curvature matrix at a place, (coordinates, coordinates): by the slope over the residual where the cost is linear.</summary>
    public static double[] CurvatureAt(ResidualProblem problem, ReadOnlySpan<double> place)
    {
        var method = new LevenbergMarquardt(problem);
        problem.Evaluate(place, method.residuals, method.jacobian);
        method.Accumulate();
        return method.reweighted;
    }

    private Minimum Run(double[] place, int mostSteps, CancellationToken cancellation)
    {
        double objective = problem.Evaluate(place, residuals, jacobian);
        if (!double.IsFinite(objective))
            return new Minimum(place, objective, Converged: false);
        double[] trial = new double[count];
        double damping = 1e-3;
        bool isHuber = problem.Criterion.Delta is not null;
        for (int steps = 0; steps < mostSteps; steps++)
        {
            cancellation.ThrowIfCancellationRequested();
            Accumulate();
            Block(place);
            if (objective == 0 || PromiseOfReweighting() <= Tolerance * objective)
                return new Minimum(place, objective, Converged: true);
            double before = objective;
            while (true)
            {
                if (Try(curved, damping, place, trial, ref objective))
                {
                    damping = Math.Max(LeastDamping, damping / 8);
                    break;
                }

                if (isHuber && Try(reweighted, Math.Min(damping, 1), place, trial, ref objective))
                    break;
                damping *= 6;
                if (damping > MostDamping)
                    return new Minimum(place, objective, Converged: true);
            }

            trial.CopyTo(place, 0);
            trialResiduals.CopyTo(residuals, 0);
            trialJacobian.CopyTo(jacobian, 0);
            if (damping > 1 && before - objective < Tolerance * objective)
                return new Minimum(place, objective, Converged: true);
        }

        return new Minimum(place, objective, Converged: false);
    }

    /// <summary>Gradient and both curvature matrices from the residuals and their derivatives.</summary>
    private void Accumulate()
    {
        Array.Clear(gradient);
        Array.Clear(curved);
        Array.Clear(reweighted);
        for (int i = 0; i < residuals.Length; i++)
        {
            double weight = problem.WeightOf(i) * problem.Criterion.Weight(residuals[i]);
            double curvature = problem.WeightOf(i) * problem.Criterion.Curvature(residuals[i]);
            ReadOnlySpan<double> row = jacobian.AsSpan(i * count, count);
            for (int a = 0; a < count; a++)
            {
                double weighted = weight * row[a];
                gradient[a] += weighted * residuals[i];
                for (int b = 0; b <= a; b++)
                {
                    reweighted[(a * count) + b] += weighted * row[b];
                    if (curvature != 0)
                        curved[(a * count) + b] += curvature * row[a] * row[b];
                }
            }
        }
    }

    /// <summary>A coordinate on its bound that would leave it stays there.</summary>
    private void Block(double[] place)
    {
        for (int a = 0; a < count; a++)
            blocked[a] = (place[a] <= problem.Space.Lower[a] && gradient[a] > 0) || (place[a] >= problem.Space.Upper[a] && gradient[a] < 0);
    }

    private double PromiseOfReweighting()
    {
        if (!Solve(reweighted, 1e-12))
            return double.PositiveInfinity;
        double promise = 0;
        for (int a = 0; a < count; a++)
            promise -= gradient[a] * step[a] / 2;
        return promise;
    }

    private bool Try(double[] curvature, double damping, double[] place, double[] trial, ref double objective)
    {
        if (!Solve(curvature, damping))
            return false;
        for (int a = 0; a < count; a++)
            trial[a] = Math.Clamp(place[a] + step[a], problem.Space.Lower[a], problem.Space.Upper[a]);
        double reached = problem.Evaluate(trial, trialResiduals, trialJacobian);
        if (!(reached < objective))
            return false;
        objective = reached;
        return true;
    }

    /// <summary>The step of the free coordinates: <c>-(curvature + damping diagonal) ^ -1 gradient</c>, 0 for the blocked ones.</summary>
    private bool Solve(double[] curvature, double damping)
    {
        for (int a = 0; a < count; a++)
        {
            step[a] = blocked[a] ? 0 : -gradient[a];
            for (int b = 0; b < a; b++)
                matrix[(a * count) + b] = blocked[a] || blocked[b] ? 0 : curvature[(a * count) + b];
            double diagonal = reweighted[(a * count) + a];
            matrix[(a * count) + a] = blocked[a] || diagonal == 0 ? 1 : curvature[(a * count) + a] + (damping * diagonal);
        }

        return NormalMatrix.Solve(matrix, step);
    }
}

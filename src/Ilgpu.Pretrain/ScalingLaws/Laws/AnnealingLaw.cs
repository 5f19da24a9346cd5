namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Tissue et al. (arXiv 2408.11029): <c>L(s) = L0 + A S1^-alpha - C S2</c> with S1 the sum of the learning rates up to step
/// s, the warm-up's too, and S2 the sum of <c>m_i = lambda m_(i-1) + (eta_(i-1) - eta_i)</c>, whose drop counts as 0 while
/// the rate warms up.
/// </summary>
public sealed class AnnealingLaw : CurveLaw
{
    private const int Remainder = 0, A = 1, Alpha = 2, C = 3, Lambda = 4, Count = 5;

    public override string Name => "annealing";

    public override string Form => "L0 + A S1^-alpha - C S2, S2 = sum of m_i, m_i = lambda m_(i-1) + eta_(i-1) - eta_i";

    public override string Protocol => "Huber (delta 1e-3) on the log of the loss over all rows of the curves; lambda is held at .999";

    public override string Source => "Tissue et al., arXiv 2408.11029";

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Remainder("L0"),
        LawParameter.Factor("A"),
        LawParameter.Exponent("alpha", .2, .4, .6, 1),
        new LawParameter("C") { Lower = 0 },
        new LawParameter("lambda") { Lower = 0, Upper = 1 - 1e-6, Starts = [.99, .999], Held = .999 },
    ];

    public override FitCriterion Criterion { get; } = FitCriterion.HuberOfLog(1e-3);

    protected override LawModel Bind(IReadOnlyList<CurveRows> curves) => new Model(curves);

    private sealed class Model(IReadOnlyList<CurveRows> curves) : LawModel
    {
        public override void Evaluate(ReadOnlySpan<double> parameters, Span<double> values, Span<double> gradient)
        {
            foreach (CurveRows curve in curves)
                Evaluate(curve, parameters, values, gradient);
        }

        private static void Evaluate(CurveRows curve, ReadOnlySpan<double> parameters, Span<double> values, Span<double> gradient)
        {
            LearningRateCurve schedule = curve.Schedule;
            double lambda = parameters[Lambda];
            double momentum = 0, area = 0, momentumSlope = 0, areaSlope = 0;
            int step = 0;
            for (int i = 0; i < curve.Rows.Length; i++)
            {
                for (; step < curve.Steps[i]; step++)
                {
                    int next = step + 1;
                    double drop = next < schedule.WarmUpSteps ? 0 : schedule.Rates[step] - schedule.Rates[next];
                    momentumSlope = momentum + (lambda * momentumSlope);
                    momentum = (lambda * momentum) + drop;
                    area += momentum;
                    areaSlope += momentumSlope;
                }

                double sum = schedule.SumTo(step);
                double power = Math.Pow(sum, -parameters[Alpha]);
                int row = curve.Rows[i];
                values[row] = parameters[Remainder] + (parameters[A] * power) - (parameters[C] * area);
                if (gradient.IsEmpty)
                    continue;
                Span<double> slopes = gradient.Slice(row * Count, Count);
                slopes[Remainder] = 1;
                slopes[A] = power;
                slopes[Alpha] = -Math.Log(sum) * parameters[A] * power;
                slopes[C] = -area;
                slopes[Lambda] = -parameters[C] * areaSlope;
            }
        }
    }
}

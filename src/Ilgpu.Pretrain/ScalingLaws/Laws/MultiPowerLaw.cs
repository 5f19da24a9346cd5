using System.Numerics;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Luo et al. (arXiv 2503.12811): <c>L(t) = L0 + A S1^-alpha - B sum_k (eta_(k-1) - eta_k) G(eta_k^-gamma S_k(t))</c> with
/// <c>G(x) = 1 - (1 + C x)^-beta</c>, S_k(t) the sum of the learning rates from step k to t and S1 that from the start.
/// The second sum is over every step up to t whose rate differs from the one before, the warm-up's too.
/// </summary>
public sealed class MultiPowerLaw : CurveLaw
{
    private const int Remainder = 0, A = 1, Alpha = 2, B = 3, C = 4, Beta = 5, Gamma = 6, Count = 7;

    /// <summary>A rate of 0 has no power: it counts as this.</summary>
    private const double LeastRate = 1e-30;

    private static readonly string[] Names = ["L0", "A", "alpha", "B", "C", "beta", "gamma"];

    public override string Name => "multi-power";

    public override string Form => "L0 + A S1^-alpha - B sum_k (eta_(k-1) - eta_k) (1 - (1 + C eta_k^-gamma S_k)^-beta)";

    public override string Protocol => "Huber (delta 1e-3) on the log of the loss over all rows of the curves";

    public override string Source => "Luo et al., arXiv 2503.12811";

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Remainder("L0"),
        LawParameter.Factor("A"),
        LawParameter.Exponent("alpha", .5),
        LawParameter.Factor("B"),
        new LawParameter("C") { Lower = 1e-6, Upper = 1e6, IsLogarithmic = true, Starts = [2] },
        LawParameter.Exponent("beta", .4, .8),
        LawParameter.Exponent("gamma", .4, .8),
    ];

    public override FitCriterion Criterion { get; } = FitCriterion.HuberOfLog(1e-3);

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        Fit("25m", 3.04045406, .52468604, .50786857, 363.78751622, 2.06560812, .58279013, .64142257),
        Fit("100m", 2.6514477, .60115152, .45295811, 437.9464276, 2.13245612, .59785199, .65523644),
        Fit("400m", 2.37474466, .65421216, .42878731, 523.42464371, 2.02462735, .59350493, .63472457),
    ];

    protected override LawModel Bind(IReadOnlyList<CurveRows> curves) => new Model([.. curves.Select(curve => new Changes(curve))]);

    private static PublishedLaw Fit(string name, params double[] values) => new(
        name,
        Names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second),
        $"arXiv 2503.12811, {name.ToUpperInvariant()} parameters, cosine, constant and two-stage schedules");

    /// <summary>The steps of a curve at which the rate changes.</summary>
    private sealed class Changes
    {
        public Changes(CurveRows curve)
        {
            Curve = curve;
            double[] rates = curve.Schedule.Rates;
            int[] steps = [.. Enumerable.Range(1, rates.Length - 1).Where(k => rates[k] != rates[k - 1])];
            Steps = steps;
            Drops = [.. steps.Select(k => rates[k - 1] - rates[k])];
            LogRates = [.. steps.Select(k => Math.Log(Math.Max(rates[k], LeastRate)))];
            SumsBefore = [.. steps.Select(k => curve.Schedule.SumTo(k - 1))];
        }

        public CurveRows Curve { get; }

        public int[] Steps { get; }

        public double[] Drops { get; }

        public double[] LogRates { get; }

        public double[] SumsBefore { get; }
    }

    private sealed class Model(Changes[] curves) : LawModel
    {
        public override void Evaluate(ReadOnlySpan<double> parameters, Span<double> values, Span<double> gradient)
        {
            foreach (Changes changes in curves)
            {
                double gamma = parameters[Gamma];
                double[] scales = [.. changes.LogRates.Select(log => Math.Exp(-gamma * log))];
                CurveRows curve = changes.Curve;
                int within = 0;
                for (int i = 0; i < curve.Rows.Length; i++)
                {
                    while (within < changes.Steps.Length && changes.Steps[within] <= curve.Steps[i])
                        within++;
                    double sum = curve.Schedule.SumTo(curve.Steps[i]);
                    double power = Math.Pow(sum, -parameters[Alpha]);
                    (double reduction, double byBeta, double byScale, double byScaleLog) = Sum(changes, scales, within, sum, parameters[C], parameters[Beta]);
                    int row = curve.Rows[i];
                    values[row] = parameters[Remainder] + (parameters[A] * power) - (parameters[B] * reduction);
                    if (gradient.IsEmpty)
                        continue;
                    Span<double> slopes = gradient.Slice(row * Count, Count);
                    slopes[Remainder] = 1;
                    slopes[A] = power;
                    slopes[Alpha] = -Math.Log(sum) * parameters[A] * power;
                    slopes[B] = -reduction;
                    slopes[C] = -parameters[B] * parameters[Beta] * byScale;
                    slopes[Beta] = -parameters[B] * byBeta;
                    slopes[Gamma] = parameters[B] * parameters[Beta] * parameters[C] * byScaleLog;
                }
            }
        }

        /// <summary>
        /// Over the first changes of the rate, with x = scale (sum - sum before), y = 1 + C x and p = y^-beta: the sums of
        /// drop (1 - p), drop p ln y, drop p x / y and drop p x / y ln(rate).
        /// </summary>
        private static (double Reduction, double ByBeta, double ByScale, double ByScaleLog) Sum(
            Changes changes, double[] scales, int count, double sum, double c, double beta)
        {
            Vector<double> reduction = default, byBeta = default, byScale = default, byScaleLog = default;
            int width = Vector<double>.Count, whole = count - (count % width);
            for (int k = 0; k < whole; k += width)
                Add(new(changes.Drops, k), new(scales, k), new(changes.SumsBefore, k), new(changes.LogRates, k));
            if (whole < count)
                Add(Last(changes.Drops), Last(scales), Last(changes.SumsBefore), Last(changes.LogRates));
            return (Vector.Sum(reduction), Vector.Sum(byBeta), Vector.Sum(byScale), Vector.Sum(byScaleLog));

            void Add(Vector<double> drop, Vector<double> scale, Vector<double> before, Vector<double> logRate)
            {
                Vector<double> x = scale * (new Vector<double>(sum) - before);
                Vector<double> y = Vector<double>.One + (c * x);
                Vector<double> logY = Vector.Log(y);
                Vector<double> left = Vector.Exp(-beta * logY);
                Vector<double> share = drop * left * x / y;
                reduction += drop * (Vector<double>.One - left);
                byBeta += drop * left * logY;
                byScale += share;
                byScaleLog += share * logRate;
            }

            // Lanes beyond the end have no drop and so no part.
            Vector<double> Last(double[] values)
            {
                Span<double> lanes = stackalloc double[width];
                lanes.Clear();
                values.AsSpan(whole, count - whole).CopyTo(lanes);
                return MemoryMarshal.Read<Vector<double>>(MemoryMarshal.AsBytes(lanes));
            }
        }
    }
}

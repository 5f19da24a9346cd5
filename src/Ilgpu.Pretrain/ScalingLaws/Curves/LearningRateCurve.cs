namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>The learning rate of every step of a run, from step 0, and what the laws of loss curves sum up of it.</summary>
public sealed class LearningRateCurve
{
    private readonly double[] sums;

    /// <param name="rates">Of the steps 0, 1, ...; not negative.</param>
    /// <param name="warmUpSteps">The first ones that warm up.</param>
    public LearningRateCurve(double[] rates, int warmUpSteps)
    {
        Rates = rates;
        WarmUpSteps = warmUpSteps;
        sums = new double[rates.Length];
        double sum = 0;
        for (int i = 0; i < rates.Length; i++)
            sums[i] = sum += rates[i];
    }

    public double[] Rates { get; }

    public int WarmUpSteps { get; }

    public int Steps => Rates.Length;

    /// <summary>The sum of the rates up to a step, its own too.</summary>
    public double SumTo(int step) => sums[step];

    /// <summary>A warm-up in a straight line from 0 at step 0 to the peak at the last of its steps, then what the shape says.</summary>
    /// <param name="steps">The last step that has a rate.</param>
    /// <param name="peak">The highest rate.</param>
    /// <param name="warmUpSteps">The first ones.</param>
    /// <param name="shape">The rate of a later step.</param>
    public static LearningRateCurve Of(int steps, double peak, int warmUpSteps, Func<int, double> shape)
    {
        double[] rates = new double[steps + 1];
        for (int s = 0; s <= steps; s++)
            rates[s] = s < warmUpSteps ? peak * s / Math.Max(1, warmUpSteps - 1) : shape(s);
        return new LearningRateCurve(rates, warmUpSteps);
    }

    /// <summary>A cosine from the peak to a final rate at the last step.</summary>
    public static LearningRateCurve Cosine(int steps, double peak, double final, int warmUpSteps) =>
        Of(steps, peak, warmUpSteps, s => final + ((peak - final) * (1 + Math.Cos(Math.PI * (s - warmUpSteps) / (steps - warmUpSteps))) / 2));

    public static LearningRateCurve Constant(int steps, double peak, int warmUpSteps) => Of(steps, peak, warmUpSteps, _ => peak);

    /// <summary>Warm-up, the peak until a step, then a decay to a final rate: in the logarithm, or in a straight line.</summary>
    public static LearningRateCurve Decaying(int steps, double peak, double final, int warmUpSteps, int decayFrom, bool isLinear) =>
        Of(steps, peak, warmUpSteps, s =>
        {
            double share = Math.Max(0, s - decayFrom) / (double)(steps - decayFrom);
            return isLinear ? peak + ((final - peak) * share) : Math.Pow(peak, 1 - share) * Math.Pow(final, share);
        });

    /// <summary>The peak before a step, another rate from it on.</summary>
    public static LearningRateCurve TwoStage(int steps, double peak, double second, int warmUpSteps, int secondFrom) =>
        Of(steps, peak, warmUpSteps, s => s < secondFrom ? peak : second);

    /// <summary>Straight lines between rates that are known at some steps; from 0 at step 0 over the warm-up to the first.</summary>
    /// <param name="samples">Steps with their rates, in order.</param>
    /// <param name="warmUpSteps">The first ones.</param>
    public static LearningRateCurve Through(IReadOnlyList<(int Step, double Rate)> samples, int warmUpSteps)
    {
        int next = 0;
        return Of(samples[^1].Step, samples[0].Rate, warmUpSteps, s =>
        {
            while (samples[next].Step < s)
                next++;
            if (next == 0 || samples[next].Step == s)
                return samples[next].Rate;
            (int fromStep, double from) = samples[next - 1];
            (int toStep, double to) = samples[next];
            return from + ((to - from) * (s - fromStep) / (toStep - fromStep));
        });
    }
}

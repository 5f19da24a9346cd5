namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>AdamW with decoupled decay and global clipping, in fp64.</summary>
internal sealed class ReferenceAdamW(Dictionary<string, double[]> parameters, Func<string, bool> isDecayed)
{
    private const double Beta1 = .9;
    private const double Beta2 = .95;
    private const double Epsilon = 1e-8;
    private readonly Dictionary<string, double[]> first = parameters.ToDictionary(each => each.Key, each => new double[each.Value.Length]);
    private readonly Dictionary<string, double[]> second = parameters.ToDictionary(each => each.Key, each => new double[each.Value.Length]);
    private int steps;

    /// <summary>Updates the parameters; returns what gradients were multiplied with.</summary>
    public double Step(Dictionary<string, double[]> gradients, double learningRate, double weightDecay, double clip)
    {
        steps++;
        double norm = Math.Sqrt(gradients.Values.Sum(each => each.Sum(value => value * value)));
        double factor = norm > clip ? clip / norm : 1;
        foreach ((string name, double[] values) in parameters)
        {
            double decay = isDecayed(name) ? weightDecay : 0;
            for (int i = 0; i < values.Length; i++)
            {
                double g = factor * gradients[name][i];
                first[name][i] = (Beta1 * first[name][i]) + ((1 - Beta1) * g);
                second[name][i] = (Beta2 * second[name][i]) + ((1 - Beta2) * g * g);
                double m = first[name][i] / (1 - Math.Pow(Beta1, steps));
                double v = second[name][i] / (1 - Math.Pow(Beta2, steps));
                values[i] -= learningRate * ((m / (Math.Sqrt(v) + Epsilon)) + (decay * values[i]));
            }
        }

        return factor;
    }
}

using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Measurements made up from a law with known parameters and Gaussian noise on their logarithms.</summary>
internal static class Simulation
{
    public static readonly IReadOnlyDictionary<string, double> Chinchilla = new Dictionary<string, double>
    {
        ["A"] = 406.4,
        ["B"] = 410.7,
        ["E"] = 1.69,
        ["alpha"] = .34,
        ["beta"] = .28,
    };

    /// <summary>Sizes from 30M to 3B, each on as many amounts of data from 0.5B to 100B tokens.</summary>
    public static LawData OfChinchilla(Random random, double noise, int sizes = 6)
    {
        double last = sizes - 1;
        (double N, double D)[] points = [.. from i in Enumerable.Range(0, sizes) from j in Enumerable.Range(0, sizes) select (3e7 * Math.Pow(100, i / last), 5e8 * Math.Pow(200, j / last))];
        return Of(new ChinchillaLaw(), Chinchilla, random, noise, ("N", [.. points.Select(point => point.N)]), ("D", [.. points.Select(point => point.D)]));
    }

    public static LawData Of(ScalingLaw law, IReadOnlyDictionary<string, double> parameters, Random random, double noise, params (string Variable, double[] Values)[] columns)
    {
        var numbers = columns.ToDictionary(column => column.Variable, column => column.Values);
        string[] rows = [.. Enumerable.Range(1, columns[0].Values.Length).Select(row => $"row {row}")];
        var exact = new LawData(rows, new double[rows.Length], numbers);
        return exact.WithTarget([.. Enumerable.Range(0, rows.Length).Select(row => law.Predict(parameters, exact.Point(row)) * Math.Exp(noise * Gaussian(random)))]);
    }

    /// <summary>Box and Muller's.</summary>
    public static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// Central differences of a scalar function in fp64: what an analytic fp64 gradient is held against, so that the
/// reference itself is known to be the derivative of the forward pass.
/// </summary>
internal static class NumericGradient
{
    public static double[] Of(Func<double[], double> function, double[] at, double step = 1e-5)
    {
        var gradient = new double[at.Length];
        double[] moved = [.. at];
        for (int i = 0; i < at.Length; i++)
        {
            moved[i] = at[i] + step;
            double above = function(moved);
            moved[i] = at[i] - step;
            double below = function(moved);
            moved[i] = at[i];
            gradient[i] = (above - below) / (2 * step);
        }

        return gradient;
    }

    /// <summary>Holds an analytic gradient against central differences: relative 1e-6 of the largest element, the differences' own error.</summary>
    public static void AssertMatches(Func<double[], double> function, double[] at, double[] analytic, string what)
    {
        double[] numeric = Of(function, at);
        double largest = numeric.Max(Math.Abs);
        for (int i = 0; i < at.Length; i++)
            Assert.True(Math.Abs(numeric[i] - analytic[i]) <= 1e-6 * Math.Max(1, largest), $"{what}[{i}]: numeric {numeric[i]:G9}, analytic {analytic[i]:G9}");
    }
}

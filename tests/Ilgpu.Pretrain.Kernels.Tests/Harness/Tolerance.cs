namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// How far fp32 may lie from the fp64 reference: <c>Absolute + Relative |expected|</c>. Named where it is used, with the
/// reason for its size.
/// </summary>
internal readonly record struct Tolerance(double Absolute, double Relative)
{
    /// <summary>
    /// A handful of fp32 roundings (2^-24 = 6e-8 each) of values near one.
    /// </summary>
    public static Tolerance FewRoundings { get; } = new(2e-6, 2e-6);

    /// <summary>
    /// A sum of <paramref name="terms"/> products of values of size <paramref name="scale"/>: errors of fp32 summation grow
    /// like the square root of the terms for random signs; the factor 4 leaves room for unlucky draws.
    /// </summary>
    public static Tolerance Sum(int terms, double scale = 1) => new(4 * 6e-8 * scale * Math.Sqrt(terms) * Math.Sqrt(Math.Log2(terms + 2)), 1e-6);

    /// <summary>Fails with the first five mismatches; NaN is one.</summary>
    public void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        int mismatches = 0;
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = Absolute + (Relative * Math.Abs(expected[i]));
            if (Math.Abs(expected[i] - actual[i]) <= allowed)
                continue;
            if (mismatches++ < 5)
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n  [{i}] expected {expected[i]:G9}, got {actual[i]:G9}, allowed {allowed:G3}");
        }

        Assert.True(mismatches == 0, $"{what}: {mismatches} of {expected.Length} differ:{text}");
    }
}

using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class VectorMathTests
{
    private const double UlpsAllowed = 2;

    /// <summary>Where e^x is a normal float.</summary>
    private const float Lowest = -87.33654f;

    private const float Highest = 88.72284f;

    [Fact]
    public void Exp_is_within_2_ulp_over_its_whole_range() => AssertWithinUlps(Math.Exp, Exp, Lowest, Highest);

    [Fact]
    public void Exp2_is_within_2_ulp_over_its_whole_range() => AssertWithinUlps(x => Math.Pow(2, x), Exp2, -126, 127);

    [Theory]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(-1e6f, 0f)]
    [InlineData(-87.34f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(1e-30f, 1f)]
    [InlineData(88.73f, float.PositiveInfinity)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_of_special_values(float x, float expected) => Assert.Equal(expected, Exp(x));

    [Theory]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(-127f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(-3f, .125f)]
    [InlineData(10f, 1024f)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp2_of_special_values(float x, float expected) => Assert.Equal(expected, Exp2(x));

    [Fact]
    public void A_lane_does_not_depend_on_the_others()
    {
        float[] x = new Inputs(1).Uniform(Vector512<float>.Count, -90, 90);
        Vector512<float> exp = VectorMath.Exp(Vector512.Create(x));
        Vector512<float> exp2 = VectorMath.Exp2(Vector512.Create(x));
        for (int lane = 0; lane < x.Length; lane++)
        {
            Assert.Equal(Exp(x[lane]), exp[lane]);
            Assert.Equal(Exp2(x[lane]), exp2[lane]);
        }
    }

    private static float Exp(float x) => VectorMath.Exp(Vector512.Create(x)).ToScalar();

    private static float Exp2(float x) => VectorMath.Exp2(Vector512.Create(x)).ToScalar();

    private static void AssertWithinUlps(Func<double, double> exact, Func<float, float> function, float lowest, float highest)
    {
        double worst = 0;
        float worstAt = 0;
        foreach (float x in Arguments(lowest, highest))
        {
            double expected = exact(x);
            double ulp = MathF.BitIncrement((float)expected) - (float)expected;
            double ulps = Math.Abs(function(x) - expected) / ulp;
            if (!(ulps <= worst))
                (worst, worstAt) = (ulps, x);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"worst: {worst:F3} ulp at {worstAt:G9}");
        Assert.True(worst <= UlpsAllowed, $"{worst:F3} ulp at {worstAt:G9}");
    }

    private static IEnumerable<float> Arguments(float lowest, float highest)
    {
        const int Steps = 1_000_000;
        for (int i = 0; i <= Steps; i++)
            yield return Math.Clamp((float)(lowest + ((double)i / Steps * (highest - lowest))), lowest, highest);
        for (float x = 1e-8f; x < 1; x *= 1.001f)
        {
            yield return x;
            yield return -x;
        }
    }
}

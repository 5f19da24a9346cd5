using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class VectorMathTests
{
    private const double UlpsAllowed = 2;

    /// <summary>Where e^x is a normal float.</summary>
    private const float Lowest = -87.33654f;

    private const float Highest = 88.72284f;

    [Fact]
    public void Exp_is_within_2_ulp_over_its_whole_range()
    {
        double worst = 0;
        float worstAt = 0;
        foreach (float x in Arguments())
        {
            double expected = Math.Exp(x);
            float actual = Exp(x);
            double ulp = MathF.BitIncrement((float)expected) - (float)expected;
            double ulps = Math.Abs(actual - expected) / ulp;
            if (!(ulps <= worst))
                (worst, worstAt) = (ulps, x);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"worst: {worst:F3} ulp at {worstAt:G9}");
        Assert.True(worst <= UlpsAllowed, $"{worst:F3} ulp at {worstAt:G9}");
    }

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

    [Fact]
    public void A_lane_of_Exp_does_not_depend_on_the_others()
    {
        float[] x = new Inputs(1).Uniform(Vector512<float>.Count, -90, 90);
        Vector512<float> together = VectorMath.Exp(Vector512.Create(x));
        for (int lane = 0; lane < x.Length; lane++)
            Assert.Equal(Exp(x[lane]), together[lane]);
    }

    private static float Exp(float x) => VectorMath.Exp(Vector512.Create(x)).ToScalar();

    private static IEnumerable<float> Arguments()
    {
        const int Steps = 1_000_000;
        for (int i = 0; i <= Steps; i++)
            yield return Math.Clamp((float)(Lowest + ((double)i / Steps * (Highest - Lowest))), Lowest, Highest);
        for (float x = 1e-8f; x < 1; x *= 1.001f)
        {
            yield return x;
            yield return -x;
        }
    }
}

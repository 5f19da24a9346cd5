namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class VectorMathTests
{
    /// <summary>Vectors that the hardware lacks are computed in software, slowly.</summary>
    public static readonly TheoryData<int> Widths = [512, 256, 128];

    private const double UlpsAllowed = 2;

    /// <summary>Where e^x is a normal float.</summary>
    private const float Lowest = -87.33654f;

    private const float Highest = 88.72284f;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Exp_is_within_2_ulp_over_its_whole_range(int bits) => AssertWithinUlps(Math.Exp, Exp(bits), Lowest, Highest);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Exp2_is_within_2_ulp_over_its_whole_range(int bits) => AssertWithinUlps(x => Math.Pow(2, x), Exp2(bits), -126, 127);

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
    public void Exp_of_special_values(float x, float expected) =>
        Assert.All(Widths, bits => Assert.Equal(expected, Exp(bits)(x)));

    [Theory]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(-127f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(-3f, .125f)]
    [InlineData(10f, 1024f)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp2_of_special_values(float x, float expected) =>
        Assert.All(Widths, bits => Assert.Equal(expected, Exp2(bits)(x)));

    [Fact]
    public void A_lane_does_not_depend_on_the_others_and_all_widths_give_the_same_bits()
    {
        float[] x = new Inputs(1).Uniform(16, -90, 90);
        float[] exp = [.. x.Select(Exp(512))];
        float[] exp2 = [.. x.Select(Exp2(512))];
        Assert.All(Widths, bits =>
        {
            Assert.Equal(exp, Lanes(bits, x, exponential: true));
            Assert.Equal(exp2, Lanes(bits, x, exponential: false));
        });
    }

    private static unsafe Func<float, float> Exp(int bits) => bits switch
    {
        512 => x => Floats512.First(VectorMath.Exp(Floats512.Create(x))),
        256 => x => Floats256.First(VectorMath.Exp(Floats256.Create(x))),
        _ => x => Floats128.First(VectorMath.Exp(Floats128.Create(x))),
    };

    private static unsafe Func<float, float> Exp2(int bits) => bits switch
    {
        512 => x => Floats512.First(VectorMath.Exp2(Floats512.Create(x))),
        256 => x => Floats256.First(VectorMath.Exp2(Floats256.Create(x))),
        _ => x => Floats128.First(VectorMath.Exp2(Floats128.Create(x))),
    };

    private static float[] Lanes(int bits, float[] x, bool exponential) => bits switch
    {
        512 => Lanes<Floats512>(x, exponential),
        256 => Lanes<Floats256>(x, exponential),
        _ => Lanes<Floats128>(x, exponential),
    };

    private static unsafe float[] Lanes<TFloats>(float[] x, bool exponential)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        var results = new float[16];
        fixed (float* source = x)
        fixed (float* target = results)
        {
            TFloats lanes = TFloats.Load(source);
            TFloats.Store(exponential ? VectorMath.Exp(lanes) : VectorMath.Exp2(lanes), target);
        }

        return results;
    }

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

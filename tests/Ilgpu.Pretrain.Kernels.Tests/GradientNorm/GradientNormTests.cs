using ILGPU;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The gradients' norm and clip factor against fp64, one thin class a rung below.</summary>
public abstract class GradientNormTests(Rung rung)
{
    /// <summary>The sum is fp64, so only the result's own rounding to fp32 (half an ulp, 6e-8) remains.</summary>
    private static readonly Tolerance OneRounding = new(0, 6.1e-8);

    /// <summary>length, seed: around the 32-element steps, the 16384-element blocks and tiles of four blocks.</summary>
    public static TheoryData<int, int> Lengths => new()
    {
        { 1, 1 }, { 31, 2 }, { 32, 3 }, { 33, 4 }, { 16383, 5 }, { 16384, 6 }, { 16385, 7 }, { 65535, 8 }, { 65537, 9 }, { 150001, 10 },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Norm_and_factor_equal_the_fp64_reference(int length, int seed)
    {
        float[] gradients = new Inputs(seed).Normal(length);
        double norm = Math.Sqrt(gradients.ToDoubles().Sum(value => value * value));
        foreach (float maximum in new[] { (float)(norm / 1000), (float)(norm * .999), (float)(norm * 1.001), float.PositiveInfinity })
        {
            double factor = norm > maximum ? maximum / norm : 1;
            OneRounding.AssertClose([norm, factor], Compute(Device, gradients, maximum), $"clipped to {maximum}");
        }
    }

    [Fact]
    public void Gradients_whose_squares_leave_fp32_are_summed()
    {
        OneRounding.AssertClose([5e30, 2e-31], Compute(Device, [3e30f, 4e30f], 1), "large");
        float tiny = 1e-30f;
        OneRounding.AssertClose([2 * (double)tiny, 1], Compute(Device, [tiny, tiny, tiny, tiny], 1), "tiny");
        Assert.Equal([0, 1], Compute(Device, [0, 0], 1));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_gradient_that_is_not_finite_shows_in_norm_and_factor(float bad)
    {
        foreach (float maximum in new[] { 1, float.PositiveInfinity })
        {
            foreach (int place in new[] { 0, 16384, 16400 })
            {
                float[] gradients = new Inputs(11).Normal(16401);
                gradients[place] = bad;
                float[] result = Compute(Device, gradients, maximum);
                Assert.False(float.IsFinite(result[0]), $"norm with {bad} at {place}");
                Assert.True(float.IsNaN(result[1]), $"factor with {bad} at {place}");
            }
        }
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_threads()
    {
        float[] gradients = new Inputs(12).Normal(300_000);
        Bits.AssertEqual(Compute(Device, gradients, 1), Compute(RungDevices.Other(rung), gradients, 1), "one thread");
    }

    /// <summary>What starts off a multiple of sixteen bytes cannot be taken sixteen bytes at a time.</summary>
    [Fact]
    public void Gradients_may_start_anywhere()
    {
        float[] gradients = new Inputs(13).Normal(17_001);
        using var memory = new TestMemory(Device);
        ArrayView<float> view = memory.Input([0, .. gradients], 1, gradients.Length + 1).View.SubView(1, gradients.Length);
        Tensor<float> result = memory.Poisoned(1, 2);
        GradientNorm.Create(Device, rung).Compute(result, view, 1, memory.Allocate<double>(1, GradientNorm.Scratch(gradients.Length)));
        Bits.AssertEqual(Compute(Device, gradients, 1), result.ToArray(), "one element off");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    public void A_maximum_that_is_not_positive_is_refused(float maximum) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Compute(Device, [1], maximum));

    private Device Device => RungDevices.Usual(rung);

    private float[] Compute(Device device, float[] gradients, float maximum)
    {
        using var memory = new TestMemory(device);
        Tensor<float> result = memory.Poisoned(1, 2);
        Tensor<double> scratch = memory.Input(Enumerable.Repeat(double.NaN, GradientNorm.Scratch(gradients.Length)).ToArray(), 1, GradientNorm.Scratch(gradients.Length));
        GradientNorm.Create(device, rung).Compute(result, memory.Input(gradients, 1, gradients.Length).View, maximum, scratch);
        return result.ToArray();
    }
}

public sealed class GradientNormNaiveTests() : GradientNormTests(Rung.Naive);

public sealed class GradientNormCpuTests() : GradientNormTests(Rung.Cpu);

public sealed class GradientNormGpuTests() : GradientNormTests(Rung.Gpu);

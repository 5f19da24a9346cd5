using ILGPU;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>AdamW against fp64, one thin class a rung below.</summary>
public abstract class AdamWTests(Rung rung)
{
    private const int UlpsAllowed = 2;

    /// <summary>length, decayed, seed: around the 16-lane vectors and the 32768-element tiles, on either side of the mask's edge.</summary>
    public static TheoryData<int, int, int> Lengths => new()
    {
        { 1, 0, 1 }, { 1, 1, 2 }, { 15, 7, 3 }, { 33, 16, 4 }, { 100, 100, 5 }, { 32768, 32768, 6 }, { 32769, 32767, 7 }, { 65600, 32769, 8 }, { 65537, 0, 9 },
    };

    /// <summary>learning rate, weight decay, step: up to a decay of .2 a step.</summary>
    public static TheoryData<double, double, long> Steps => new()
    {
        { 1e-3, .1, 1 }, { 3e-3, 3.2, 2 }, { .02, 10, 1 }, { .02, 10, 10_000 }, { .2, 1, 37 }, { 1e-8, .2, 500 }, { 1e-2, 0, 10_000 }, { 0, 10, 5 },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_step_is_within_2_ulp_at_every_length(int length, int decayed, int seed) =>
        AssertWithinUlps(State.Random(seed, length), decayed, .37f, new AdamWStep(.02, 10, .9, .95, 1e-8, 3));

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_is_within_2_ulp_for_every_setting(double learningRate, double weightDecay, long step)
    {
        foreach (float clip in new[] { 1, 1e-3f })
            AssertWithinUlps(State.Random(20, 4000), 3000, clip, new AdamWStep(learningRate, weightDecay, .9, .999, 1e-8, step));
    }

    [Fact]
    public void A_parameter_that_update_and_decay_cancel_is_within_2_ulp()
    {
        var inputs = new Inputs(21);
        var step = new AdamWStep(.02, 10, .9, .95, 1e-8, 1);
        State state = State.Random(22, 2000);
        float[] nudges = inputs.Normal(2000, 1e-5);
        for (int i = 0; i < nudges.Length; i++)
        {
            // With p = 1 and a first step of size lr in g's direction: p (1 - lr wd) - lr = 0 for p = lr / (1 - lr wd).
            state.Parameters[i] = (float)(.02 / .8 * (1 + nudges[i]));
            state.Gradients[i] = 1 + (i * 1e-3f);
            state.FirstMoment[i] = 0;
            state.SecondMoment[i] = 0;
        }

        AssertWithinUlps(state, 2000, 1, step);
    }

    [Fact]
    public void What_is_zero_stays_zero_and_what_is_NaN_shows()
    {
        var state = new State(new float[40], new float[40], new float[40], new float[40]);
        State after = Step(Device, state, 20, 1, new AdamWStep(.02, 10, .9, .95, 1e-8, 1));
        Assert.All(after.Parameters, value => Assert.Equal(0, value));
        State clippedByNaN = Step(Device, state, 20, float.NaN, new AdamWStep(.02, 10, .9, .95, 1e-8, 1));
        Assert.All(clippedByNaN.Parameters, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_threads_nor_on_the_length()
    {
        State state = State.Random(23, 70_001);
        var step = new AdamWStep(.02, 10, .9, .95, 1e-8, 3);
        State after = Step(Device, state, 40_000, .5f, step);
        State after1 = Step(RungDevices.Other(rung), state, 40_000, .5f, step);
        Bits.AssertEqual(after.Parameters, after1.Parameters, "parameters on one thread");
        Bits.AssertEqual(after.FirstMoment, after1.FirstMoment, "first moment on one thread");
        Bits.AssertEqual(after.SecondMoment, after1.SecondMoment, "second moment on one thread");
        State alone = Step(Device, state.Range(69_990, 11), 0, .5f, step);
        Bits.AssertEqual(after.Parameters.AsSpan(69_990), alone.Parameters, "the last eleven alone");
    }

    [Fact]
    public void The_rounded_copy_is_that_of_the_parameters()
    {
        Assert.SkipWhen(rung == Rung.Cpu, "the CPU computes in fp32 and refuses a copy in bf16");
        foreach (int length in new[] { 3, 1027 })
        {
            State after = Step(Device, State.Random(25, length), 2, 1, new AdamWStep(.02, 10, .9, .95, 1e-8, 3), rounds: true);
            Bits.AssertEqual(Elements.Rounded<BFloat16>(after.Parameters), after.Rounded, "rounded");
        }
    }

    /// <summary>What starts off a multiple of sixteen bytes cannot be taken sixteen bytes at a time.</summary>
    [Fact]
    public void Slabs_may_start_anywhere()
    {
        const int Length = 1031;
        State state = State.Random(26, Length);
        var step = new AdamWStep(.02, 10, .9, .95, 1e-8, 3);
        using var memory = new TestMemory(Device);
        ArrayView<float> Load(float[] values) => memory.Input([0, .. values], 1, values.Length + 1).View.SubView(1, values.Length);
        ArrayView<float> parameters = Load(state.Parameters);
        AdamW.Create(Device, rung).Step(parameters, Load(state.Gradients), Load(state.FirstMoment), Load(state.SecondMoment), 500, memory.Input([float.NaN, 1], 1, 2), step);
        Bits.AssertEqual(Step(Device, state, 500, 1, step).Parameters, new Tensor<float>(parameters, 1, Length).ToArray(), "parameters");
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        State state = State.Random(24, 8);
        var step = new AdamWStep(1e-3, .1, .9, .95, 1e-8, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(Device, state, 9, 1, step));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(Device, state, -1, 1, step));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(Device, state, 8, 1, step with { Step = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(Device, state, 8, 1, step with { Epsilon = 0 }));
        Assert.Throws<ArgumentException>(() => Step(Device, state with { Gradients = new float[7] }, 8, 1, step));
    }

    private Device Device => RungDevices.Usual(rung);

    private void AssertWithinUlps(State before, int decayed, float clip, AdamWStep step)
    {
        State after = Step(Device, before, decayed, clip, step);
        for (int i = 0; i < before.Parameters.Length; i++)
        {
            (double parameter, double firstMoment, double secondMoment) = AdamWReference.Step(
                before.Parameters[i], before.Gradients[i], before.FirstMoment[i], before.SecondMoment[i], clip, i < decayed, step);
            AssertUlps(parameter, after.Parameters[i], $"parameter {i}");
            AssertUlps(firstMoment, after.FirstMoment[i], $"first moment {i}");
            AssertUlps(secondMoment, after.SecondMoment[i], $"second moment {i}");
        }
    }

    private static void AssertUlps(double expected, float actual, string what)
    {
        float near = Math.Abs((float)expected);
        double ulp = (double)MathF.BitIncrement(near) - near;
        Assert.True(Math.Abs(expected - actual) <= UlpsAllowed * ulp, $"{what}: expected {expected:G9}, got {actual:G9}");
    }

    private State Step(Device device, State before, int decayed, float clip, AdamWStep step, bool rounds = false)
    {
        using var memory = new TestMemory(device);
        Tensor<float> Load(float[] values) => memory.Input(values, 1, values.Length);
        Tensor<float> parameters = Load(before.Parameters);
        Tensor<float> gradients = Load(before.Gradients);
        Tensor<float> firstMoment = Load(before.FirstMoment);
        Tensor<float> secondMoment = Load(before.SecondMoment);
        Tensor<BFloat16> rounded = memory.PoisonedOf<BFloat16>(1, before.Parameters.Length);
        AdamW.Create(device, rung).Step(
            parameters.View,
            gradients.View,
            firstMoment.View,
            secondMoment.View,
            decayed,
            Load([float.NaN, clip]),
            step,
            rounds ? rounded.View : default);
        return new State(parameters.ToArray(), gradients.ToArray(), firstMoment.ToArray(), secondMoment.ToArray())
        {
            Rounded = Elements.ToSingles(rounded.ToArray()),
        };
    }

    private sealed record State(float[] Parameters, float[] Gradients, float[] FirstMoment, float[] SecondMoment)
    {
        /// <summary>The copy in bf16, where one was asked for.</summary>
        public float[] Rounded { get; init; } = [];

        /// <summary>Values over many orders of magnitude: ordinary ones, zeros, subnormal second moments, gradients up to 1e5.</summary>
        public static State Random(int seed, int length)
        {
            var inputs = new Inputs(seed);
            return new State(
                Spread(inputs, length, -10, 1),
                Spread(inputs, length, -25, 5),
                Spread(inputs, length, -25, 2),
                Array.ConvertAll(Spread(inputs, length, -44, 4), Math.Abs));
        }

        public State Range(int first, int count) => new(
            Parameters[first..(first + count)],
            Gradients[first..(first + count)],
            FirstMoment[first..(first + count)],
            SecondMoment[first..(first + count)]);

        /// <summary>Normal values; every second is scaled by a power of ten from the range, every eleventh is zero.</summary>
        private static float[] Spread(Inputs inputs, int length, int fromPower, int toPower)
        {
            float[] values = inputs.Normal(length, .02);
            float[] powers = inputs.Uniform(length, fromPower, toPower);
            for (int i = 0; i < length; i++)
            {
                if (i % 2 == 1)
                    values[i] = (float)(values[i] * 50 * Math.Pow(10, powers[i]));
                if (i % 11 == 10)
                    values[i] = 0;
            }

            return values;
        }
    }
}

public sealed class AdamWNaiveTests() : AdamWTests(Rung.Naive);

public sealed class AdamWCpuTests() : AdamWTests(Rung.Cpu);

public sealed class AdamWGpuTests() : AdamWTests(Rung.Gpu);

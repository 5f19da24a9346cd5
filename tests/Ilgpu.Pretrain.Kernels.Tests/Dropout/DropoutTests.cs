namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Dropout against its definition, one thin class a rung below.</summary>
public abstract class DropoutTests<T>(Rung rung)
    where T : unmanaged
{
    private static readonly DropoutKey Key = new(1234, 7, 3);

    [Theory]
    [MemberData(nameof(DropoutShapes.All), MemberType = typeof(DropoutShapes))]
    public void Elements_are_kept_by_the_documented_words(int rows, int columns)
    {
        const float Probability = .3f;
        float[] x = new Inputs(columns).Uniform(rows * columns, .5, 1.5);
        float[] addend = new Inputs(columns + 1).Normal(rows * columns);
        var dropped = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            ThreefryWords words = Threefry.Words((uint)((i / 32 * 16) + (i % 16)), Key.Site, Key.Seed, Key.Step);
            uint word = i % 32 < 16 ? words.First : words.Second;
            dropped[i] = word >= Probability * Math.Pow(2, 32) ? x[i] / (1 - (double)Probability) : 0;
        }

        Elements.After<T>(Tolerance.FewRoundings).AssertClose(dropped, Apply(Device, x, null, rows, Probability, Key), "alone");
        double[] added = [.. dropped.Zip(addend, (value, past) => value + past)];
        Elements.After<T>(Tolerance.FewRoundings).AssertClose(added, Apply(Device, x, addend, rows, Probability, Key), "with addend");
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_threads()
    {
        float[] x = new Inputs(1).Normal(70_000);
        float[] output = Apply(Device, x, null, 7, .5f, Key);
        Bits.AssertEqual(output, Apply(RungDevices.Other(rung), x, null, 7, .5f, Key), "one thread");
    }

    [Fact]
    public void In_place_and_onto_the_addend_are_the_same_as_apart()
    {
        using var memory = new TestMemory(Device);
        var inputs = new Inputs(2);
        float[] x = inputs.Normal(3 * 21);
        float[] addend = inputs.Normal(3 * 21);
        float[] apart = Apply(Device, x, addend, 3, .4f, Key);
        var op = Dropout.Create<T>(Device, rung);
        Tensor<float> input = memory.Input(x, 3, 21);
        Tensor<float> past = memory.Input(addend, 3, 21);
        // bf16 has no place among fp32 inputs.
        Assert.SkipWhen(typeof(T) != typeof(float), "the output has elements of another size");
        var ontoAddend = (Tensor<T>)(object)past;
        op.Apply(ontoAddend, input, past, .4f, Key);
        Bits.AssertEqual(apart, past.ToArray(), "onto the addend");
        var inPlace = (Tensor<T>)(object)input;
        op.Apply(inPlace, input, memory.Input(addend, 3, 21), .4f, Key);
        Bits.AssertEqual(apart, input.ToArray(), "in place");
    }

    [Theory]
    [InlineData(.1f)]
    [InlineData(.5f)]
    [InlineData(.97f)]
    public void The_share_of_dropped_elements_is_the_probability(float probability)
    {
        const int Count = 40_000;
        float[] output = Apply(Device, Ones(Count), null, 1, probability, Key);
        double fiveDeviations = 5 * Math.Sqrt(probability * (1 - probability) / Count);
        Assert.InRange(output.Count(value => value == 0) / (double)Count, probability - fiveDeviations, probability + fiveDeviations);
    }

    [Fact]
    public void Probability_zero_is_the_identity_to_the_bit()
    {
        float[] x = Elements.Rounded<T>(new Inputs(3).Normal(100));
        Bits.AssertEqual(x, Apply(Device, x, null, 4, 0, Key), "identity");
    }

    [Fact]
    public void Every_part_of_the_key_gives_another_mask()
    {
        DropoutKey[] keys = [Key, Key with { Seed = 1235 }, Key with { Step = 8 }, Key with { Site = 4 }];
        string[] masks = [.. keys.Select(key => string.Concat(Apply(Device, Ones(256), null, 1, .5f, key).Select(value => value == 0 ? '0' : '1')))];
        Assert.Equal(keys.Length, masks.Distinct().Count());
    }

    [Fact]
    public void NaN_is_not_dropped()
    {
        float[] poisoned = [.. Enumerable.Repeat(float.NaN, 100)];
        Assert.All(Apply(Device, poisoned, null, 1, .5f, Key), value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [InlineData(-.1f)]
    [InlineData(1)]
    [InlineData(float.NaN)]
    public void A_probability_outside_its_range_is_refused(float probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Apply(Device, Ones(1), null, 1, probability, Key));

    [Fact]
    public void Both_rungs_give_the_same_bits()
    {
        var inputs = new Inputs(4);
        float[] x = inputs.Normal(40_003);
        float[] addend = inputs.Normal(40_003);
        float[] naive = Apply(Device, x, addend, 1, .25f, Key, Rung.Naive);
        Bits.AssertEqual(naive, Apply(Device, x, addend, 1, .25f, Key), $"{rung} against naive");
    }

    private Device Device => RungDevices.Usual(rung);

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];

    private float[] Apply(Device device, float[] x, float[]? addend, int rows, float probability, DropoutKey key, Rung? other = null)
    {
        using var memory = new TestMemory(device);
        int columns = x.Length / rows;
        Tensor<T> output = memory.PoisonedOf<T>(rows, columns);
        Tensor<float>? past = addend is null ? null : memory.Input(addend, rows, columns);
        Dropout.Create<T>(device, other ?? rung).Apply(output, memory.Input(x, rows, columns), past, probability, key);
        return Elements.ToSingles(output.ToArray());
    }
}

/// <summary>What the tests of all elements run with.</summary>
public static class DropoutShapes
{
    /// <summary>rows, columns: around the 16 lanes, runs of 32 elements and tiles of 32768.</summary>
    public static TheoryData<int, int> All => new()
    {
        { 1, 1 }, { 1, 15 }, { 1, 16 }, { 1, 17 }, { 3, 11 }, { 2, 32 }, { 7, 47 }, { 8, 4096 }, { 3, 10923 }, { 5, 16387 },
    };
}

public sealed class DropoutNaiveTests() : DropoutTests<float>(Rung.Naive);

public sealed class DropoutNaiveBFloat16Tests() : DropoutTests<BFloat16>(Rung.Naive);

public sealed class DropoutCpuTests() : DropoutTests<float>(Rung.Cpu);

public sealed class DropoutGpuTests() : DropoutTests<float>(Rung.Gpu);

public sealed class DropoutGpuBFloat16Tests() : DropoutTests<BFloat16>(Rung.Gpu);

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Muon's element-wise passes against fp64, one thin class a rung below.</summary>
public abstract class MuonTests<T>(Rung rung)
    where T : unmanaged
{
    private const double Decay = .95;

    [Fact]
    public void Momentum_and_direction_equal_the_fp64_reference()
    {
        MuonCase given = MuonCase.Usual;
        var inputs = new Inputs(1);
        float[] momentum = given.Slab(inputs.Normal(given.Length, 1e-3));
        float[] gradients = given.Slab(inputs.Normal(given.Length));
        (float[] moved, float[] direction) = Momentum(Device, given, momentum, gradients, .37f);
        foreach (MuonMatrix matrix in given.Matrices)
        {
            (double[] expectedMomentum, double[] expected) = MuonReference.Momentum(
                MuonCase.Of(matrix, momentum).ToDoubles(), MuonCase.Of(matrix, gradients).ToDoubles(), .37f, Decay);
            // The look ahead takes the momentum as it was stored: one rounding of it, where it may cancel with the gradient.
            new Tolerance(1e-9, 1.3e-7).AssertClose(expectedMomentum, MuonCase.Of(matrix, moved), $"momentum of {matrix}");
            Elements.After<T>(new Tolerance(3e-8, 3e-7)).AssertClose(expected, MuonCase.Of(matrix, direction, given.Matrices[0].Offset), $"direction of {matrix}");
        }

        for (int i = 0; i < given.Length; i++)
            Assert.True(!given.IsGap(i) || float.IsNaN(moved[i]), $"momentum at {i}, between the matrices, was written");
    }

    [Fact]
    public void A_direction_does_not_depend_on_the_scale_of_the_gradients()
    {
        MuonCase given = MuonCase.Few;
        float[] gradients = given.Slab(new Inputs(2).Normal(given.Length));
        (_, float[] direction) = Momentum(Device, given, new float[given.Length], gradients, 1);
        foreach (int power in new[] { -90, 100 })
        {
            float scale = MathF.ScaleB(1, power);
            (_, float[] scaled) = Momentum(Device, given, new float[given.Length], Array.ConvertAll(gradients, value => value * scale), 1);
            foreach (MuonMatrix matrix in given.Matrices)
                Bits.AssertEqual(MuonCase.Of(matrix, direction, 64), MuonCase.Of(matrix, scaled, 64), $"gradients times 2^{power}");
        }
    }

    [Fact]
    public void What_is_zero_stays_zero_and_what_is_NaN_shows()
    {
        MuonCase given = MuonCase.Few;
        var zero = new float[given.Length];
        (float[] moved, float[] direction) = Momentum(Device, given, zero, zero, 1);
        Assert.All(given.Matrices, matrix => Assert.All(MuonCase.Of(matrix, moved), value => Assert.Equal(0, value)));
        Assert.All(given.Matrices, matrix => Assert.All(MuonCase.Of(matrix, direction, 64), value => Assert.Equal(0, value)));
        (moved, _) = Momentum(Device, given, zero, zero, float.NaN);
        Assert.All(given.Matrices, matrix => Assert.All(MuonCase.Of(matrix, moved), value => Assert.True(float.IsNaN(value))));
    }

    /// <summary>Orders from 1 on: where a diagonal's elements lie less than four apart, and where they cross blocks.</summary>
    [Fact]
    public void The_polynomial_equals_the_fp64_reference()
    {
        MuonCase given = rung == Rung.Gpu ? new([(1, 2), (2, 2), (3, 5), (9, 4), (131, 131)]) : new([(1, 2), (2, 2), (3, 5), (9, 4), (131, 131), (200, 300)]);
        (MuonPlan _, MuonGroup group) = given.On(Device);
        using MuonGroup owned = group;
        using var memory = new TestMemory(Device);
        var inputs = new Inputs(3);
        float[] grams = Elements.Rounded<T>(inputs.Normal(group.GramLength));
        float[] squares = Elements.Rounded<T>(inputs.Normal(group.GramLength));
        Tensor<T> result = memory.InputOf<T>(squares, 1, squares.Length);
        Muon.Create<T>(Device, rung).Combine(group, result.View, memory.InputOf<T>(grams, 1, grams.Length).View);
        float[] combined = Elements.ToSingles(result.ToArray());
        for (int i = 0; i < given.Matrices.Count; i++)
        {
            int order = given.Matrices[i].Order;
            int first = (int)group.GramOffsets[i];
            double[] expected = [.. Enumerable.Range(0, order * order).Select(e =>
                (e / order == e % order ? 3.4445 : 0) + (-4.7750 * grams[first + e]) + (2.0315 * squares[first + e]))];
            Elements.After<T>(Tolerance.FewRoundings).AssertClose(expected, combined.AsSpan(first, order * order), $"order {order}");
        }
    }

    /// <summary>learning rate, weight decay: up to a decay of .2 a step.</summary>
    [Theory]
    [InlineData(.02, 10)]
    [InlineData(3e-3, 3.2)]
    [InlineData(1e-2, 0)]
    [InlineData(0, 10)]
    public void An_update_is_within_2_ulp(double learningRate, double weightDecay)
    {
        MuonCase given = MuonCase.Usual;
        var inputs = new Inputs(4);
        float[] parameters = given.Slab(inputs.Normal(given.Length, .1));
        float[] direction = Elements.Rounded<T>(inputs.Normal(given.Length, .1));
        (float[] updated, float[] rounded) = Update(Device, given, parameters, direction, new MuonStep(learningRate, weightDecay), rounds: rung != Rung.Cpu);
        foreach (MuonMatrix matrix in given.Matrices)
        {
            double scale = .2 * Math.Sqrt(Math.Max(matrix.Rows, matrix.Columns));
            for (long i = matrix.Offset; i < matrix.End; i++)
            {
                double decayed = parameters[i] * (1 - (learningRate * weightDecay));
                double moved = learningRate * scale * direction[i - 64];
                // The scale is kept in fp32: a relative 2^-24 of what is subtracted, beside the result's own 2 ulp.
                double allowed = (2 * (MathF.BitIncrement(Math.Abs(updated[i])) - Math.Abs(updated[i]))) + (6.1e-8 * Math.Abs(moved));
                Assert.True(Math.Abs(decayed - moved - updated[i]) <= allowed, $"{matrix} at {i}: {decayed - moved:G9}, got {updated[i]:G9}");
            }
        }

        for (int i = 0; i < given.Length; i++)
            Assert.True(!given.IsGap(i) || float.IsNaN(updated[i]), $"a parameter at {i}, between the matrices, was written");
        if (rung != Rung.Cpu)
            Bits.AssertEqual(Elements.Rounded<BFloat16>(updated), rounded, "the copy in bf16");
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_threads_nor_on_where_slabs_start()
    {
        MuonCase given = MuonCase.Usual;
        var inputs = new Inputs(5);
        float[] momentum = given.Slab(inputs.Normal(given.Length));
        float[] gradients = given.Slab(inputs.Normal(given.Length));
        (float[] moved, float[] direction) = Momentum(Device, given, momentum, gradients, .5f);
        (float[] moved1, float[] direction1) = Momentum(RungDevices.Other(rung), given, momentum, gradients, .5f);
        Bits.AssertEqual(moved, moved1, "momentum on one thread");
        Bits.AssertEqual(direction, direction1, "direction on one thread");

        // Off a multiple of four elements, nothing can be taken four at a time.
        var shifted = new MuonCase([.. given.Matrices.Select(matrix => (matrix.Rows, matrix.Columns))], first: 61);
        (float[] movedShifted, float[] directionShifted) = Momentum(Device, shifted, momentum[3..], gradients[3..], .5f);
        Bits.AssertEqual(moved.AsSpan(3), movedShifted, "momentum three elements earlier");
        if (rung != Rung.Gpu)
            Bits.AssertEqual(direction, directionShifted, "direction three elements earlier");
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        MuonCase given = MuonCase.Few;
        var slab = new float[given.Length];
        Assert.Throws<ArgumentException>(() => Momentum(Device, given, slab[..80], slab, 1));
        Assert.Throws<ArgumentException>(() => Momentum(Device, given, slab, slab[..80], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Momentum(Device, given, slab, slab, 1, decay: 1));
        Assert.Throws<ArgumentException>(() => Update(Device, given, slab[..80], slab, new MuonStep(1, 0), rounds: false));
        Assert.Throws<ArgumentException>(() => new MuonPlan([]));
        Assert.Throws<ArgumentException>(() => new MuonPlan([new MuonMatrix(0, 2, 0)]));
        Assert.Throws<ArgumentException>(() => new MuonPlan([new MuonMatrix(0, 2, 2), new MuonMatrix(3, 2, 2)]));
    }

    private Device Device => RungDevices.Usual(rung);

    private (float[] Momentum, float[] Direction) Momentum(Device device, MuonCase given, float[] momentum, float[] gradients, float clip, double decay = Decay)
    {
        (MuonPlan _, MuonGroup group) = given.On(device);
        using MuonGroup owned = group;
        using var memory = new TestMemory(device);
        var muon = Muon.Create<T>(device, rung);
        Tensor<float> moved = memory.Input(momentum, 1, momentum.Length);
        Tensor<float> slab = memory.Input(gradients, 1, gradients.Length);
        Tensor<float> norm = memory.Input([float.NaN, clip], 1, 2);
        Tensor<T> direction = memory.PoisonedOf<T>(1, (int)group.Length);
        muon.Accumulate(group, moved.View, slab.View, norm, decay);
        muon.Normalize(group, direction.View, moved.View, slab.View, norm, decay);
        return (moved.ToArray(), Elements.ToSingles(direction.ToArray()));
    }

    private (float[] Parameters, float[] Rounded) Update(Device device, MuonCase given, float[] parameters, float[] direction, MuonStep step, bool rounds)
    {
        (MuonPlan _, MuonGroup group) = given.On(device);
        using MuonGroup owned = group;
        using var memory = new TestMemory(device);
        Tensor<float> updated = memory.Input(parameters, 1, parameters.Length);
        Tensor<BFloat16> rounded = memory.PoisonedOf<BFloat16>(1, parameters.Length);
        Tensor<T> x = memory.InputOf<T>(direction[..(int)group.Length], 1, (int)group.Length);
        Muon.Create<T>(device, rung).Update(group, updated.View, x.View, step, rounds ? rounded.View : default);
        return (updated.ToArray(), Elements.ToSingles(rounded.ToArray()));
    }
}

public sealed class MuonNaiveTests() : MuonTests<float>(Rung.Naive);

public sealed class MuonCpuTests() : MuonTests<float>(Rung.Cpu);

public sealed class MuonGpuTests() : MuonTests<float>(Rung.Gpu);

public sealed class MuonBFloat16NaiveTests() : MuonTests<BFloat16>(Rung.Naive);

public sealed class MuonBFloat16GpuTests() : MuonTests<BFloat16>(Rung.Gpu);

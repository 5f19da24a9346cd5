namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The Newton-Schulz iteration against fp64 and against the polar factor, one thin class a rung below.</summary>
public abstract class NewtonSchulzTests<T>(Rung rung)
    where T : unmanaged
{
    /// <summary>
    /// An iteration's factor P has norm at most a + |b| s^2 + c s^4, about 9 for the s up to 1.13 that occur; elements of X and of
    /// the products are at most about 1. fp32: a few tens of roundings of 6e-8, times 9. bf16: X, G, G^2, P and the result are each
    /// rounded by a relative 2^-9, G^2 and G with factors 2 and 5.
    /// </summary>
    private static readonly double OneIteration = typeof(T) == typeof(float) ? 5e-6 : .08;

    [Fact]
    public void An_iteration_equals_the_fp64_reference()
    {
        MuonCase given = Case;
        float[] slab = Directions(given, seed: 1);
        float[] result = Orthogonalize(Device, given, slab, iterations: 1);
        foreach (MuonMatrix matrix in given.Matrices)
        {
            double[] expected = MuonReference.Iterate(MuonCase.Of(matrix, slab).ToDoubles(), matrix.Rows, matrix.Columns);
            new Tolerance(OneIteration, 0).AssertClose(expected, MuonCase.Of(matrix, result, given.Matrices[0].Offset), $"{matrix}");
        }
    }

    /// <summary>An error made on the way grows with the slope of the polynomials after it, at most a^4 = 141 in all.</summary>
    [Fact]
    public void Five_iterations_equal_the_fp64_reference()
    {
        Assert.SkipWhen(typeof(T) != typeof(float), "bf16 is held to its singular values instead");
        MuonCase given = Case;
        float[] slab = Directions(given, seed: 2);
        float[] result = Orthogonalize(Device, given, slab);
        foreach (MuonMatrix matrix in given.Matrices)
        {
            double[] expected = MuonReference.Iterate(MuonCase.Of(matrix, slab).ToDoubles(), matrix.Rows, matrix.Columns, 5);
            new Tolerance(141 * OneIteration, 0).AssertClose(expected, MuonCase.Of(matrix, result, given.Matrices[0].Offset), $"{matrix}");
        }
    }

    /// <summary>
    /// U V^T but for singular values, which lie in [.7, 1.2] as published (.68 to 1.13 where exact; bf16 adds its roundings): U^T O V
    /// is diagonal. Values of the inputs go down to .02 of their norm, where bf16 still tells directions apart.
    /// </summary>
    [Fact]
    public void What_comes_out_is_near_to_the_polar_factor()
    {
        (double lowest, double highest, double offDiagonal) = typeof(T) == typeof(float) ? (.67, 1.2, 1e-3) : (.6, 1.3, .25);
        // Simulated groups of threads cost milliseconds.
        (int Rows, int Columns)[] shapes = rung is Rung.Gpu or Rung.TensorCore ? [(8, 24), (16, 16)] : [(16, 40), (40, 16), (24, 24)];
        foreach ((int rows, int columns) in shapes)
        {
            int order = Math.Min(rows, columns);
            double[] random = new Inputs(3).Normal(rows * columns).ToDoubles();
            (double[] u, _, double[] v) = MuonReference.Decompose(random, rows, columns);
            double[] spread = [.. Enumerable.Range(0, order).Select(i => Math.Pow(.02, i / (order - 1.0)))];
            double norm = Math.Sqrt(spread.Sum(value => value * value));
            double[] scaled = [.. u.Select((value, i) => value * spread[i % order] / norm)];
            double[] input = MuonReference.Product(scaled, MuonReference.Transposed(v, columns, order), rows, order, columns);

            var given = new MuonCase([(rows, columns)], first: 0);
            float[] slab = [.. input.Select(value => (float)value), .. new float[given.Length - input.Length]];
            double[] result = Orthogonalize(Device, given, Elements.Rounded<T>(slab)).ToDoubles();
            double[] turned = MuonReference.Product(
                MuonReference.Product(MuonReference.Transposed(u, rows, order), result, order, rows, columns), v, order, columns, order);
            for (int e = 0; e < order * order; e++)
            {
                if (e / order == e % order)
                    Assert.InRange(turned[e], lowest, highest);
                else
                    Assert.InRange(Math.Abs(turned[e]), 0, offDiagonal);
            }
        }
    }

    [Fact]
    public void A_row_and_a_column_come_out_with_one_singular_value_and_zero_as_zero()
    {
        var given = new MuonCase([(1, 30), (30, 1), (1, 1), (8, 12), (12, 8)]);
        float[] slab = Directions(given, seed: 4);
        foreach (MuonMatrix matrix in given.Matrices.Skip(3))
            slab.AsSpan((int)matrix.Offset, (int)matrix.Length).Clear();
        float[] result = Orthogonalize(Device, given, slab);
        for (int i = 0; i < given.Matrices.Count; i++)
        {
            double norm = Math.Sqrt(MuonCase.Of(given.Matrices[i], result, given.Matrices[0].Offset).Sum(value => (double)value * value));
            if (i < 3)
                Assert.InRange(norm, .67, 1.2);
            else
                Assert.Equal(0, norm);
        }
    }

    [Fact]
    public void The_bits_depend_neither_on_the_threads_nor_on_the_rest_of_the_group()
    {
        MuonCase given = MuonCase.Few;
        float[] slab = Directions(given, seed: 5);
        float[] result = Orthogonalize(Device, given, slab);
        float[] result1 = Orthogonalize(RungDevices.Other(rung), given, slab);
        foreach (MuonMatrix matrix in given.Matrices)
        {
            float[] own = MuonCase.Of(matrix, result, given.Matrices[0].Offset);
            Bits.AssertEqual(own, MuonCase.Of(matrix, result1, given.Matrices[0].Offset), $"{matrix} on one thread");
            var alone = new MuonCase([(matrix.Rows, matrix.Columns)], first: 0);
            Bits.AssertEqual(own, Orthogonalize(Device, alone, [.. MuonCase.Of(matrix, slab), 0, 0, 0, 0]).AsSpan(0, own.Length).ToArray(), $"{matrix} alone");
        }
    }

    [Fact]
    public void Scratch_memory_that_does_not_suffice_is_refused()
    {
        (MuonPlan plan, MuonGroup group) = MuonCase.Few.On(Device);
        using MuonGroup owned = group;
        using var memory = new TestMemory(Device);
        Tensor<T> scratch = memory.Allocate<T>(1, (int)plan.ScratchLength - 1);
        Assert.Throws<ArgumentException>(() => new NewtonSchulz<T>(Device, rung).Orthogonalize(group, scratch.View));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NewtonSchulz<T>(Device, rung).Orthogonalize(group, scratch.View, iterations: 0));
    }

    private Device Device => RungDevices.Usual(rung);

    private MuonCase Case => rung is Rung.Gpu or Rung.TensorCore ? MuonCase.Few : MuonCase.Usual;

    /// <summary>Random matrices divided by their Frobenius norms, in the elements of <typeparamref name="T"/>.</summary>
    private static float[] Directions(MuonCase given, int seed)
    {
        float[] slab = new Inputs(seed).Normal(given.Length);
        foreach (MuonMatrix matrix in given.Matrices)
        {
            double norm = Math.Sqrt(MuonCase.Of(matrix, slab).Sum(value => (double)value * value));
            for (long i = matrix.Offset; i < matrix.End; i++)
                slab[i] = (float)(slab[i] / norm);
        }

        return Elements.Rounded<T>(slab);
    }

    private float[] Orthogonalize(Device device, MuonCase given, float[] slab, int iterations = NewtonSchulz.Iterations)
    {
        (MuonPlan plan, MuonGroup group) = given.On(device);
        using MuonGroup owned = group;
        using var memory = new TestMemory(device);
        Tensor<T> scratch = memory.PoisonedOf<T>(1, (int)plan.ScratchLength);
        new Tensor<T>(scratch.View.SubView(0, group.Length), 1, (int)group.Length)
            .CopyFrom(Elements.From<T>(slab[(int)group.Start..(int)(group.Start + group.Length)]));
        var result = new NewtonSchulz<T>(device, rung).Orthogonalize(group, scratch.View, iterations);
        return Elements.ToSingles(new Tensor<T>(result, 1, (int)group.Length).ToArray());
    }
}

public sealed class NewtonSchulzNaiveTests() : NewtonSchulzTests<float>(Rung.Naive);

public sealed class NewtonSchulzCpuTests() : NewtonSchulzTests<float>(Rung.Cpu);

public sealed class NewtonSchulzGpuTests() : NewtonSchulzTests<float>(Rung.Gpu);

public sealed class NewtonSchulzBFloat16NaiveTests() : NewtonSchulzTests<BFloat16>(Rung.Naive);

public sealed class NewtonSchulzTensorCoreTests() : NewtonSchulzTests<BFloat16>(Rung.TensorCore);

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Matrix products against fp64, one thin class a rung below.</summary>
public abstract class MatmulTests(Rung rung)
{
    /// <summary>
    /// Around the micro-kernel's 12 (6, 4) rows and 32 (16, 8) columns, the blocks of 256 along K, the tiles of 480 rows
    /// and of 1024 columns, and the cache line of 16 that packing reads.
    /// </summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1 }, { 1, 32, 16, 2 }, { 3, 5, 7, 3 }, { 12, 32, 256, 4 }, { 13, 33, 257, 5 }, { 11, 31, 255, 6 },
        { 4, 64, 15, 7 }, { 8, 16, 17, 8 }, { 9, 17, 300, 9 }, { 24, 96, 512, 10 }, { 25, 65, 513, 11 }, { 1, 300, 70, 12 },
        { 40, 1, 33, 13 }, { 481, 33, 20, 14 }, { 13, 1025, 17, 15 }, { 100, 100, 1, 16 }, { 37, 130, 777, 17 }, { 6, 8, 4, 18 },
        { 7, 9, 3, 19 }, { 2, 2, 1030, 20 },
    };

    private protected Rung Rung => rung;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_equal_the_fp64_reference(int m, int n, int k, int seed)
    {
        var shape = new MatmulShape(m, n, k);
        var inputs = new Inputs(seed);
        float[] a = inputs.Normal(m * k);
        float[] b = inputs.Normal(k * n);
        float[] addend = inputs.Normal(m * n);
        foreach (MatmulLayout layout in Enum.GetValues<MatmulLayout>())
        {
            double[] product = MatmulReference.Multiply(a.ToDoubles(), b.ToDoubles(), null, layout, shape);
            double[] sum = MatmulReference.Multiply(a.ToDoubles(), b.ToDoubles(), addend.ToDoubles(), layout, shape);
            Tolerance tolerance = Chain(k);
            tolerance.AssertClose(product, Multiply(TestDevices.Cpu, a, b, null, MatmulRun.Addend.None, layout, shape), $"{layout}");
            tolerance.AssertClose(sum, Multiply(TestDevices.Cpu, a, b, addend, MatmulRun.Addend.Other, layout, shape), $"{layout} + addend");
            tolerance.AssertClose(sum, Multiply(TestDevices.Cpu, a, b, addend, MatmulRun.Addend.Itself, layout, shape), $"{layout} + c");
        }
    }

    [Fact]
    public void A_sum_over_nothing_is_the_addend_or_zero()
    {
        var shape = new MatmulShape(3, 5, 0);
        float[] addend = new Inputs(31).Normal(15);
        Bits.AssertEqual(addend, Multiply(TestDevices.Cpu, [], [], addend, MatmulRun.Addend.Other, MatmulLayout.NT, shape), "addend");
        Bits.AssertEqual(new float[15], Multiply(TestDevices.Cpu, [], [], null, MatmulRun.Addend.None, MatmulLayout.NN, shape), "zero");
    }

    [Fact]
    public void An_element_does_not_depend_on_the_rest_of_its_product_nor_on_the_threads()
    {
        var shape = new MatmulShape(141, 203, 300);
        var inputs = new Inputs(32);
        float[] a = inputs.Normal(shape.M * shape.K);
        float[] b = inputs.Normal(shape.N * shape.K);
        float[] addend = inputs.Normal(shape.M * shape.N);
        float[] all = Multiply(TestDevices.Cpu, a, b, addend, MatmulRun.Addend.Other, MatmulLayout.NT, shape);
        Bits.AssertEqual(all, Multiply(TestDevices.CpuWithThreads(1), a, b, addend, MatmulRun.Addend.Other, MatmulLayout.NT, shape), "one thread");
        foreach (int row in new[] { 0, 5, 11, 12, 100, 139, 140 })
        {
            float[] alone = Multiply(
                TestDevices.Cpu, MatmulRun.Row(a, row, shape.K), b, MatmulRun.Row(addend, row, shape.N), MatmulRun.Addend.Other, MatmulLayout.NT, shape with { M = 1 });
            Bits.AssertEqual(MatmulRun.Row(all, row, shape.N), alone, $"row {row} alone");
        }

        foreach (int column in new[] { 0, 31, 32, 200, 202 })
        {
            float[] columnOfAddend = [.. Enumerable.Range(0, shape.M).Select(row => addend[(row * shape.N) + column])];
            float[] columnOfAll = [.. Enumerable.Range(0, shape.M).Select(row => all[(row * shape.N) + column])];
            float[] alone = Multiply(
                TestDevices.Cpu, a, MatmulRun.Row(b, column, shape.K), columnOfAddend, MatmulRun.Addend.Other, MatmulLayout.NT, shape with { N = 1 });
            Bits.AssertEqual(columnOfAll, alone, $"column {column} alone");
        }
    }

    [Fact]
    public void Layouts_give_the_same_bits()
    {
        var shape = new MatmulShape(29, 70, 270);
        var inputs = new Inputs(33);
        float[] a = inputs.Normal(shape.M * shape.K);
        float[] b = inputs.Normal(shape.N * shape.K);
        float[] bTransposed = MatmulRun.Transposed(b, shape.N, shape.K);
        float[] nt = Multiply(TestDevices.Cpu, a, b, null, MatmulRun.Addend.None, MatmulLayout.NT, shape);
        Bits.AssertEqual(nt, Multiply(TestDevices.Cpu, a, bTransposed, null, MatmulRun.Addend.None, MatmulLayout.NN, shape), "NN");
        float[] aTransposed = MatmulRun.Transposed(a, shape.M, shape.K);
        Bits.AssertEqual(nt, Multiply(TestDevices.Cpu, aTransposed, bTransposed, null, MatmulRun.Addend.None, MatmulLayout.TN, shape), "TN");
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(12, 1, 40)]
    [InlineData(130, 70, 33)]
    [InlineData(61, 257, 300)]
    public void Both_gradients_of_a_projection_are_its_two_products(int tokens, int outputs, int inputs)
    {
        using var memory = new TestMemory(TestDevices.Cpu);
        var op = Matmul.Create<float>(TestDevices.Cpu, rung);
        var random = new Inputs(34);
        Tensor<float> outputGradient = memory.Input(random.Normal(tokens * outputs), tokens, outputs);
        Tensor<float> input = memory.Input(random.Normal(tokens * inputs), tokens, inputs);
        Tensor<float> weight = memory.Input(random.Normal(outputs * inputs), outputs, inputs);
        float[] before = random.Normal(outputs * inputs);
        foreach (bool accumulate in new[] { false, true })
        {
            Tensor<float> expectedInput = memory.Poisoned(tokens, inputs);
            Tensor<float> expectedWeight = memory.Input(before, outputs, inputs);
            op.Multiply(expectedInput, outputGradient, weight, MatmulLayout.NN);
            op.Multiply(expectedWeight, outputGradient, input, MatmulLayout.TN, accumulate ? expectedWeight : null);
            Tensor<float> inputGradient = memory.Poisoned(tokens, inputs);
            Tensor<float> weightGradient = memory.Input(before, outputs, inputs);
            op.MultiplyGradients(inputGradient, weightGradient, outputGradient, input, weight, accumulate);
            Bits.AssertEqual(expectedInput.ToArray(), inputGradient.ToArray(), $"input gradient, accumulate {accumulate}");
            Bits.AssertEqual(expectedWeight.ToArray(), weightGradient.ToArray(), $"weight gradient, accumulate {accumulate}");
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var memory = new TestMemory(TestDevices.Cpu);
        var op = Matmul.Create<float>(TestDevices.Cpu, rung);
        Tensor<float> c = memory.Poisoned(2, 3);
        Tensor<float> a = memory.Poisoned(2, 4);
        Tensor<float> b = memory.Poisoned(4, 3);
        ArgumentException layout = Assert.Throws<ArgumentException>(() => op.Multiply(c, a, b, MatmulLayout.NT));
        Assert.Equal("Matmul NT cannot give 2 x 3 from 2 x 4 and 4 x 3.", layout.Message);
        ArgumentException addend = Assert.Throws<ArgumentException>(() => op.Multiply(c, a, b, MatmulLayout.NN, b));
        Assert.StartsWith("addend is 4 x 3; it has to be 2 x 3.", addend.Message);
    }

    /// <summary>
    /// One fp32 sum over k of products of standard normal values: after i terms it is sqrt(i) large and is rounded by up to
    /// 2^-24 of that, so the roundings' root mean square grows like 3e-8 K; five times that.
    /// </summary>
    internal static Tolerance Chain(int k) => new(2e-6 + (1.5e-7 * k), 1e-6);

    private float[] Multiply(Device device, float[] a, float[] b, float[]? addend, MatmulRun.Addend kind, MatmulLayout layout, MatmulShape shape) =>
        MatmulRun.Multiply(Matmul.Create<float>(device, rung), device, a, b, addend, kind, layout, shape);
}

public sealed class MatmulNaiveTests() : MatmulTests(Rung.Naive);

public sealed class MatmulReferenceTests
{
    [Fact]
    public void Backward_products_are_the_derivatives_of_the_forward_product()
    {
        var shape = new MatmulShape(3, 4, 5);
        var inputs = new Inputs(41);
        double[] x = inputs.Normal(shape.M * shape.K).ToDoubles();
        double[] w = inputs.Normal(shape.N * shape.K).ToDoubles();
        double[] dy = inputs.Normal(shape.M * shape.N).ToDoubles();
        double Loss(double[] xs, double[] ws) => MatmulReference.Multiply(xs, ws, null, MatmulLayout.NT, shape).Zip(dy, (y, d) => y * d).Sum();
        double[] dx = MatmulReference.Multiply(dy, w, null, MatmulLayout.NN, new MatmulShape(shape.M, shape.K, shape.N));
        double[] dw = MatmulReference.Multiply(dy, x, null, MatmulLayout.TN, new MatmulShape(shape.N, shape.K, shape.M));
        NumericGradient.AssertMatches(xs => Loss(xs, w), x, dx, "dX");
        NumericGradient.AssertMatches(ws => Loss(x, ws), w, dw, "dW");
    }
}

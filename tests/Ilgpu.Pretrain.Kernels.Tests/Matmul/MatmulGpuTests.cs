namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>fp32 products on simulated warps against fp64, both tiles of the kernel.</summary>
public sealed class MatmulGpuTests
{
    private const int Small = 64;
    private const int Large = 128;

    private static readonly MatmulLayout[] Layouts = Enum.GetValues<MatmulLayout>();

    private static Device Device => TestDevices.SimulatedWarps;

    /// <summary>M, N, K, tile, seed: around tiles of 64 and 128 and slices of eight; whole fours of all extents, and odd ones.</summary>
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, Small, 1 }, { 65, 67, 17, Small, 2 }, { 64, 72, 16, Small, 3 }, { 4, 132, 20, Small, 4 },
        { 131, 33, 9, Large, 5 }, { 132, 136, 12, Large, 6 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_equal_the_fp64_reference(int m, int n, int k, int tile, int seed)
    {
        var shape = new MatmulShape(m, n, k);
        var op = new MatmulGpu(Device, tile);
        var inputs = new Inputs(seed);
        float[] a = inputs.Normal(m * k);
        float[] b = inputs.Normal(k * n);
        float[] addend = inputs.Normal(m * n);
        foreach (MatmulLayout layout in Layouts)
        {
            double[] product = MatmulReference.Multiply(a.ToDoubles(), b.ToDoubles(), null, layout, shape);
            double[] sum = MatmulReference.Multiply(a.ToDoubles(), b.ToDoubles(), addend.ToDoubles(), layout, shape);
            Tolerance tolerance = MatmulTests.Chain(k);
            tolerance.AssertClose(product, MatmulRun.MultiplyRounded(op, Device, a, b, float.NaN, layout, shape), $"{layout}");
            tolerance.AssertClose(sum, Multiply(op, a, b, addend, MatmulRun.Addend.Other, layout, shape), $"{layout} + addend");
            tolerance.AssertClose(sum, Multiply(op, a, b, addend, MatmulRun.Addend.Itself, layout, shape), $"{layout} + c");
        }
    }

    [Fact]
    public void Tiles_layouts_and_alignments_give_the_same_bits()
    {
        var shape = new MatmulShape(132, 68, 28);
        var inputs = new Inputs(11);
        float[] a = inputs.Normal(shape.M * shape.K);
        float[] b = inputs.Normal(shape.N * shape.K);
        float[] addend = inputs.Normal(shape.M * shape.N);
        float[] aTransposed = MatmulRun.Transposed(a, shape.M, shape.K);
        float[] bTransposed = MatmulRun.Transposed(b, shape.N, shape.K);
        var small = new MatmulGpu(Device, Small);
        float[] expected = Multiply(small, a, b, addend, MatmulRun.Addend.Other, MatmulLayout.NT, shape);
        foreach (MatmulGpu op in new[] { small, new MatmulGpu(Device, Large) })
        {
            Bits.AssertEqual(expected, Multiply(op, a, b, addend, MatmulRun.Addend.Other, MatmulLayout.NT, shape, skipped: 1), "NT, shifted");
            Bits.AssertEqual(expected, Multiply(op, a, bTransposed, addend, MatmulRun.Addend.Other, MatmulLayout.NN, shape), "NN");
            Bits.AssertEqual(expected, Multiply(op, aTransposed, bTransposed, addend, MatmulRun.Addend.Itself, MatmulLayout.TN, shape, skipped: 3), "TN, shifted");
        }

        foreach (int row in new[] { 0, 64, 131 })
        {
            float[] alone = Multiply(
                small,
                MatmulRun.Row(a, row, shape.K),
                b,
                MatmulRun.Row(addend, row, shape.N),
                MatmulRun.Addend.Other,
                MatmulLayout.NT,
                shape with { M = 1 });
            Bits.AssertEqual(MatmulRun.Row(expected, row, shape.N), alone, $"row {row} alone");
        }
    }

    [Fact]
    public void Weight_gradients_are_summed_segment_by_segment()
    {
        const int K = 100;
        const int LeastLength = 33;
        var shape = new MatmulShape(68, 72, K);
        int length = MatmulSegments.Length(K, LeastLength);
        var inputs = new Inputs(12);
        float[] a = inputs.Normal(K * shape.M);
        float[] b = inputs.Normal(K * shape.N);
        float[] addend = inputs.Normal(shape.M * shape.N);
        var op = new MatmulGpu(Device, Small, LeastLength);
        float[] sum = Multiply(op, a, b, addend, MatmulRun.Addend.Other, MatmulLayout.TN, shape);
        float[] parts = addend;
        for (int first = 0; first < K; first += length)
        {
            int end = Math.Min(first + length, K);
            parts = Multiply(
                op,
                a[(first * shape.M)..(end * shape.M)],
                b[(first * shape.N)..(end * shape.N)],
                parts,
                MatmulRun.Addend.Itself,
                MatmulLayout.TN,
                shape with { K = end - first });
        }

        Bits.AssertEqual(parts, sum, "segments one after the other");
        Bits.AssertEqual(sum, Multiply(op, a, b, addend, MatmulRun.Addend.Itself, MatmulLayout.TN, shape), "once more: counters are as before");
    }

    [Fact]
    public void A_sum_over_nothing_is_the_addend_or_zero()
    {
        var shape = new MatmulShape(3, 5, 0);
        Matmul<float> op = Matmul.Create<float>(Device);
        Assert.IsType<MatmulGpu>(op);
        float[] addend = new Inputs(13).Normal(15);
        Bits.AssertEqual(addend, Multiply(op, [], [], addend, MatmulRun.Addend.Other, MatmulLayout.NT, shape), "addend");
        Bits.AssertEqual(new float[15], Multiply(op, [], [], null, MatmulRun.Addend.None, MatmulLayout.TN, shape), "zero");
    }

    private static float[] Multiply(
        Matmul<float> op,
        float[] a,
        float[] b,
        float[]? addend,
        MatmulRun.Addend kind,
        MatmulLayout layout,
        MatmulShape shape,
        int skipped = 0) => MatmulRun.Multiply(op, Device, a, b, addend, kind, layout, shape, skipped);
}

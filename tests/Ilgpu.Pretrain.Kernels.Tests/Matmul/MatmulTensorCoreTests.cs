namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>bf16 products on simulated warps against fp64 products of the same bf16 numbers, every version of the kernel.</summary>
public sealed class MatmulTensorCoreTests
{
    private const int Versions = 5;

    private static readonly MatmulLayout[] Layouts = Enum.GetValues<MatmulLayout>();

    /// <summary>
    /// Inputs are bf16 already and their products exact in fp32. What remains are fp32 sums of standard normal products, one
    /// rounding each 16 of K (or, on a GPU, up to 16) of values that grow like sqrt(k): as <see cref="MatmulTests"/>' chain.
    /// </summary>
    private static Tolerance Chain(int k) => MatmulTests.Chain(k);

    /// <summary>The same, then rounded to bf16: half a unit of its eight bits, 2^-8.</summary>
    private static Tolerance RoundedChain(int k) => Chain(k) with { Relative = 1.0 / 256 };

    private static Device Device => TestDevices.SimulatedWarps;

    /// <summary>
    /// M, N, K, seed. Whole chunks in every layout: around tiles of 64 and 128, steps of 16 and 32 along K, fewer tiles along K
    /// than places for them, and more.
    /// </summary>
    public static TheoryData<int, int, int, int> WideShapes => new()
    {
        { 8, 8, 8, 1 }, { 64, 264, 32, 2 }, { 136, 72, 40, 3 }, { 8, 136, 104, 4 },
    };

    /// <summary>Odd rows, columns and depths, or whole chunks in one layout only.</summary>
    public static TheoryData<int, int, int, int> OddShapes => new()
    {
        { 1, 1, 1, 11 }, { 65, 7, 33, 12 }, { 3, 67, 31, 13 }, { 5, 40, 24, 14 },
    };

    [Theory]
    [MemberData(nameof(WideShapes))]
    public void Every_version_equals_the_fp64_reference(int m, int n, int k, int seed)
    {
        var shape = new MatmulShape(m, n, k);
        Case values = Case.Of(shape, seed);
        foreach (MatmulLayout layout in Layouts)
        {
            double[] sum = values.Sum(layout);
            float[]? first = null;
            for (int version = 1; version <= Versions; version++)
            {
                float[] c = values.Multiply(new MatmulTensorCore(Device, version), layout, MatmulRun.Addend.Other);
                Chain(k).AssertClose(sum, c, $"{layout}, version {version}");
                first ??= c;
                Bits.AssertEqual(first, c, $"{layout}, version {version} against version 1");
            }
        }
    }

    [Theory]
    [MemberData(nameof(OddShapes))]
    public void Any_shape_equals_the_fp64_reference(int m, int n, int k, int seed)
    {
        Case values = Case.Of(new MatmulShape(m, n, k), seed);
        var op = Matmul.Create<BFloat16>(Device);
        foreach (MatmulLayout layout in Layouts)
        {
            Chain(k).AssertClose(values.Product(layout), values.Multiply(op, layout, MatmulRun.Addend.None), $"{layout}");
            Chain(k).AssertClose(values.Sum(layout), values.Multiply(op, layout, MatmulRun.Addend.Itself), $"{layout} + c");
            RoundedChain(k).AssertClose(values.Product(layout), values.MultiplyRounded(op, layout), $"{layout} rounded");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Results_are_added_to_rounded_and_stored_in_each_way(int version)
    {
        var op = new MatmulTensorCore(Device, version);
        // Rows of C of 16 bytes in fp32 and bf16; in fp32 alone; in neither. NT takes any N.
        foreach (int n in new[] { 40, 36, 33 })
        {
            Case values = Case.Of(new MatmulShape(19, n, 48), 20 + n);
            double[] product = values.Product(MatmulLayout.NT);
            Chain(48).AssertClose(product, values.Multiply(op, MatmulLayout.NT, MatmulRun.Addend.None), $"N = {n}");
            Chain(48).AssertClose(values.Sum(MatmulLayout.NT), values.Multiply(op, MatmulLayout.NT, MatmulRun.Addend.Itself), $"N = {n} + c");
            RoundedChain(48).AssertClose(product, values.MultiplyRounded(op, MatmulLayout.NT), $"N = {n} rounded");
        }
    }

    [Fact]
    public void Matrices_that_do_not_start_at_16_bytes_are_multiplied_too()
    {
        Case values = Case.Of(new MatmulShape(24, 40, 48), 31);
        var op = Matmul.Create<BFloat16>(Device);
        foreach (MatmulLayout layout in Layouts)
        {
            float[] aligned = values.Multiply(op, layout, MatmulRun.Addend.Other);
            Chain(48).AssertClose(values.Sum(layout), aligned, $"{layout}");
            Bits.AssertEqual(aligned, values.Multiply(op, layout, MatmulRun.Addend.Other, skipped: 1), $"{layout}, shifted");
            RoundedChain(48).AssertClose(values.Product(layout), values.MultiplyRounded(op, layout, skipped: 3), $"{layout} rounded, shifted");
        }
    }

    [Fact]
    public void A_sum_over_nothing_is_the_addend_or_zero()
    {
        Case values = Case.Of(new MatmulShape(3, 8, 0), 32);
        var op = Matmul.Create<BFloat16>(Device);
        Bits.AssertEqual(values.Addend, values.Multiply(op, MatmulLayout.NT, MatmulRun.Addend.Other), "addend");
        Bits.AssertEqual(new float[24], values.Multiply(op, MatmulLayout.TN, MatmulRun.Addend.None), "zero");
    }

    [Fact]
    public void An_element_does_not_depend_on_the_rest_of_its_product()
    {
        Case values = Case.Of(new MatmulShape(70, 136, 56), 33);
        var op = Matmul.Create<BFloat16>(Device);
        float[] all = values.Multiply(op, MatmulLayout.NT, MatmulRun.Addend.Other);
        foreach (int row in new[] { 0, 63, 69 })
        {
            float[] alone = MatmulRun.Multiply(
                op,
                Device,
                MatmulRun.Row(values.A, row, 56),
                values.B,
                MatmulRun.Row(values.Addend, row, 136),
                MatmulRun.Addend.Other,
                MatmulLayout.NT,
                new MatmulShape(1, 136, 56));
            Bits.AssertEqual(MatmulRun.Row(all, row, 136), alone, $"row {row} alone");
        }
    }

    /// <summary>Segments of K are what a product of as many products gives, added one after the other.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Weight_gradients_are_summed_segment_by_segment(int version)
    {
        const int K = 100;
        const int LeastLength = 33;
        var shape = new MatmulShape(136, 72, K);
        int length = MatmulSegments.Length(K, LeastLength);
        Assert.Equal(64, length);
        Case values = Case.Of(shape, 34);
        var op = new MatmulTensorCore(Device, version, LeastLength);
        float[] sum = values.Multiply(op, MatmulLayout.TN, MatmulRun.Addend.Itself);
        Chain(K).AssertClose(values.Sum(MatmulLayout.TN), sum, "sum");
        Bits.AssertEqual(sum, values.Multiply(op, MatmulLayout.TN, MatmulRun.Addend.Other), "once more: counters are as before");
        var launches = new MatmulTensorCore(Device, version, LeastLength, waitingTiles: 1);
        Bits.AssertEqual(sum, values.Multiply(launches, MatmulLayout.TN, MatmulRun.Addend.Itself), "a launch each");
        BFloat16[] a = MatmulRun.Transposed(values.A, shape.M, K);
        BFloat16[] b = MatmulRun.Transposed(values.B, shape.N, K);
        float[] parts = values.Addend;
        for (int first = 0; first < K; first += length)
        {
            int depth = Math.Min(length, K - first);
            parts = MatmulRun.Multiply(
                op,
                Device,
                a[(first * shape.M)..((first + depth) * shape.M)],
                b[(first * shape.N)..((first + depth) * shape.N)],
                parts,
                MatmulRun.Addend.Itself,
                MatmulLayout.TN,
                shape with { K = depth });
        }

        Bits.AssertEqual(parts, sum, "segments one after the other");
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 32)]
    [InlineData(2048, 2048)]
    [InlineData(4096, 2048)]
    [InlineData(6000, 3008)]
    [InlineData(32768, 4096)]
    [InlineData(100001, 12512)]
    public void Segments_are_whole_tiles_and_eight_at_most(int k, int length)
    {
        Assert.Equal(length, MatmulSegments.Length(k));
        Assert.InRange((k + length - 1) / length, 0, 8);
    }

    [Fact]
    public void Not_a_number_and_infinity_reach_their_rows_and_columns_only()
    {
        var shape = new MatmulShape(66, 72, 40);
        Case values = Case.Of(shape, 35);
        values.A[(65 * 40) + 39] = BFloat16.FromSingle(float.NaN);
        values.B[(71 * 40) + 39] = BFloat16.FromSingle(float.PositiveInfinity);
        float[] c = MatmulRun.Multiply(Matmul.Create<BFloat16>(Device), Device, values.A, values.B, null, MatmulRun.Addend.None, MatmulLayout.NT, shape);
        for (int i = 0; i < c.Length; i++)
        {
            bool touched = i / 72 == 65 || i % 72 == 71;
            Assert.Equal(!touched, float.IsFinite(c[i]));
        }
    }

    /// <summary>Operands of NT: A is M x K, B N x K; the other layouts get them transposed.</summary>
    private sealed record Case(MatmulShape Shape, BFloat16[] A, BFloat16[] B, float[] Addend)
    {
        public static Case Of(MatmulShape shape, int seed)
        {
            var inputs = new Inputs(seed);
            return new Case(
                shape,
                Array.ConvertAll(inputs.Normal(shape.M * shape.K), BFloat16.FromSingle),
                Array.ConvertAll(inputs.Normal(shape.N * shape.K), BFloat16.FromSingle),
                inputs.Normal(shape.M * shape.N));
        }

        public double[] Product(MatmulLayout layout) => Reference(null, layout);

        public double[] Sum(MatmulLayout layout) => Reference(Addend.ToDoubles(), layout);

        public float[] Multiply(Matmul<BFloat16> op, MatmulLayout layout, MatmulRun.Addend kind, int skipped = 0) =>
            MatmulRun.Multiply(op, Device, LaidOutA(layout), LaidOutB(layout), Addend, kind, layout, Shape, skipped);

        public float[] MultiplyRounded(Matmul<BFloat16> op, MatmulLayout layout, int skipped = 0)
        {
            var poison = BFloat16.FromSingle(float.NaN);
            BFloat16[] c = MatmulRun.MultiplyRounded(op, Device, LaidOutA(layout), LaidOutB(layout), poison, layout, Shape, skipped);
            return Array.ConvertAll(c, value => value.ToSingle());
        }

        private BFloat16[] LaidOutA(MatmulLayout layout) => layout == MatmulLayout.TN ? MatmulRun.Transposed(A, Shape.M, Shape.K) : A;

        private BFloat16[] LaidOutB(MatmulLayout layout) => layout == MatmulLayout.NT ? B : MatmulRun.Transposed(B, Shape.N, Shape.K);

        private double[] Reference(double[]? addend, MatmulLayout layout) =>
            MatmulReference.Multiply(Doubles(LaidOutA(layout)), Doubles(LaidOutB(layout)), addend, layout, Shape);

        private static double[] Doubles(BFloat16[] values) => Array.ConvertAll(values, value => (double)value.ToSingle());
    }
}

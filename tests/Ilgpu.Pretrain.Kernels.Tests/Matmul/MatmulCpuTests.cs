namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class MatmulCpuTests() : MatmulTests(Rung.Cpu)
{
    /// <summary>Every vector width gives the bits of the definition: blocks of K, each a chain of fused multiply-adds.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    [InlineData(4)]
    public void Elements_are_chains_of_fused_multiply_adds_at_every_vector_width(int lanes)
    {
        var inputs = new Inputs(51);
        var op = new MatmulCpu(TestDevices.Cpu, lanes);
        foreach ((int m, int n, int k) in new[] { (1, 1, 1), (12, 32, 16), (13, 33, 17), (31, 71, 530), (5, 9, 300), (59, 40, 64), (8, 64, 257), (16, 300, 33) })
        {
            var shape = new MatmulShape(m, n, k);
            float[] a = inputs.Normal(m * k);
            float[] b = inputs.Normal(n * k);
            float[] addend = inputs.Normal(m * n);
            foreach (MatmulLayout layout in Enum.GetValues<MatmulLayout>())
            {
                Bits.AssertEqual(
                    Chains(a, b, addend, layout, shape),
                    MatmulRun.Multiply(op, TestDevices.Cpu, a, b, addend, MatmulRun.Addend.Itself, layout, shape),
                    $"{layout} {shape}, {lanes} lanes");
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 50257, 768)]
    [InlineData(512, 64, 64)]
    [InlineData(512, 768, 768)]
    [InlineData(4096, 2304, 768)]
    [InlineData(768, 50257, 512)]
    [InlineData(13, 33, 5000)]
    public void Tiles_cover_the_result_once(int m, int n, int k)
    {
        var tiling = MatmulTiling.Of(new MatmulShape(m, n, k));
        AssertPartition(m, MatmulMicroKernel.Rows, tiling.RowTiles);
        AssertPartition(n, MatmulTiling.ColumnUnit, tiling.ColumnTiles);
    }

    [Theory]
    [InlineData(512, 64, 64, 2)]
    [InlineData(512, 768, 768, 8)]
    [InlineData(64, 64, 64, 1)]
    public void Work_is_cut_into_tiles_that_threads_share_evenly(int m, int n, int k, int tiles) =>
        Assert.Equal(tiles, MatmulTiling.Of(new MatmulShape(m, n, k)).Count);

    private static void AssertPartition(int extent, int unit, int parts)
    {
        Assert.Equal(0, MatmulTiling.Start(extent, unit, parts, 0));
        Assert.Equal(extent, MatmulTiling.Start(extent, unit, parts, parts));
        for (int part = 0; part < parts; part++)
        {
            int start = MatmulTiling.Start(extent, unit, parts, part);
            Assert.Equal(0, start % unit);
            Assert.True(MatmulTiling.Start(extent, unit, parts, part + 1) > start, $"part {part} of {parts} is empty");
        }
    }

    private static float[] Chains(float[] a, float[] b, float[] addend, MatmulLayout layout, MatmulShape shape)
    {
        float[] c = [.. addend];
        int block = MatmulTiling.BlockDepth(shape.K);
        for (int row = 0; row < shape.M; row++)
        {
            for (int column = 0; column < shape.N; column++)
            {
                for (int first = 0; first < shape.K; first += block)
                {
                    float sum = 0;
                    for (int k = first; k < Math.Min(first + block, shape.K); k++)
                    {
                        sum = MathF.FusedMultiplyAdd(
                            a[MatmulReference.IndexOfA(layout, shape, row, k)],
                            b[MatmulReference.IndexOfB(layout, shape, k, column)],
                            sum);
                    }

                    c[(row * shape.N) + column] += sum;
                }
            }
        }

        return c;
    }
}

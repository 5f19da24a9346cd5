namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// Where operands lie in shared memory. Simulated warps have no banks: that nothing meets in one is counted here, as eight
/// 16-byte accesses at a time to eight 16-byte columns.
/// </summary>
public sealed class MatmulOperandTests
{
    private const int Columns = 8;

    /// <summary>Width, depth and threads of all operands' tiles, and how many rows or columns of it a warp takes.</summary>
    public static TheoryData<int, int, int, int> Tiles => new()
    {
        { 64, 32, 128, 32 }, { 128, 32, 256, 64 }, { 128, 32, 256, 32 }, { 128, 32, 128, 64 }, { 128, 16, 256, 64 }, { 256, 16, 256, 64 },
    };

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Fragments_meet_in_no_bank_and_cover_the_tile(int width, int depth, int threads, int ofWarp)
    {
        var tile = new MatmulTile { Width = width, Depth = depth, Threads = threads, Swizzle = 7 };
        AssertFragments<AlongK>(tile, ofWarp);
        AssertFragments<AcrossK>(tile, ofWarp);
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Copies_meet_in_no_bank_and_cover_the_tile(int width, int depth, int threads, int ofWarp)
    {
        Assert.Equal(0, width % ofWarp);
        var tile = new MatmulTile { Width = width, Depth = depth, Threads = threads, Swizzle = 7 };
        AssertCopies<AlongK>(tile);
        AssertCopies<AcrossK>(tile);
    }

    [Fact]
    public void In_plain_order_fragments_do_meet()
    {
        var tile = new MatmulTile { Width = 64, Depth = 32, Threads = 128, Swizzle = 0 };
        Assert.Equal(2, Matrix<AlongK>(tile, 0, 0, 0, 0, 0).Select(chunk => chunk % Columns).Distinct().Count());
        Assert.Single(Matrix<AcrossK>(tile, 0, 0, 0, 0, 0).Select(chunk => chunk % Columns).Distinct());
    }

    private static void AssertFragments<TOperand>(MatmulTile tile, int ofWarp)
        where TOperand : struct, IMatmulOperand
    {
        var read = new List<int>();
        for (int first = 0; first < tile.Width; first += ofWarp)
        {
            for (int block = 0; block < ofWarp / 16; block++)
            {
                for (int step = 0; step < tile.Depth / 16; step++)
                {
                    for (int matrix = 0; matrix < 4; matrix++)
                    {
                        int[] chunks = Matrix<TOperand>(tile, first, block, step, matrix % 2, matrix / 2);
                        Assert.Equal(Columns, chunks.Select(chunk => chunk % Columns).Distinct().Count());
                        read.AddRange(chunks);
                    }
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, tile.Width * tile.Depth / 8), read.Order());
    }

    private static void AssertCopies<TOperand>(MatmulTile tile)
        where TOperand : struct, IMatmulOperand
    {
        var written = new List<int>();
        for (int copy = 0; copy < tile.Width * tile.Depth / 8 / tile.Threads; copy++)
        {
            foreach (int[] eight in Enumerable.Range(0, tile.Threads).Select(thread => TOperand.Target(thread, tile) + (copy * tile.Threads)).Chunk(Columns))
            {
                Assert.Equal(Columns, eight.Select(chunk => chunk % Columns).Distinct().Count());
                written.AddRange(eight);
            }
        }

        Assert.Equal(Enumerable.Range(0, tile.Width * tile.Depth / 8), written.Order());
    }

    /// <summary>The chunks that eight lanes name for one of a fragment's four matrices.</summary>
    private static int[] Matrix<TOperand>(MatmulTile tile, int first, int block, int step, int outer, int along)
        where TOperand : struct, IMatmulOperand =>
        [.. Enumerable.Range(0, 8).Select(row => TOperand.Fragment(TOperand.Position(first, row, outer, along, tile), block, step, tile))];
}

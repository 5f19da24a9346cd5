using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Matrices that Muon takes together: their blocks on a device, and the products of their Newton-Schulz iteration.</summary>
/// <remarks>
/// Scratch memory holds, one after another, the iterates, the next iterates, the Gram matrices and their squares. Of a matrix X
/// of more columns than rows the Gram matrix is X X^T and the next iterate P X, of one of more rows X^T X and X P: the same
/// numbers, and the smaller products.
/// </remarks>
public sealed class MuonGroup : IDisposable
{
    /// <summary>Elements of a block: sums of squares are made block by block.</summary>
    public const int BlockLength = 16384;

    private readonly MuonMatrix[] matrices;
    private readonly long[] gramOffsets;
    private readonly DeviceBuffer<MuonBlock> blocks;
    private readonly DeviceBuffer<MuonGramBlock> gramBlocks;
    private readonly DeviceBuffer<double> sums;
    private readonly GroupedProducts[] grams;
    private readonly GroupedProducts squares;
    private readonly GroupedProducts[] products;

    /// <param name="device">Where they are.</param>
    /// <param name="plan">The group is one of its <see cref="MuonPlan.Groups"/>.</param>
    /// <param name="matrices">The group.</param>
    public MuonGroup(Device device, MuonPlan plan, IReadOnlyList<MuonMatrix> matrices)
    {
        this.matrices = [.. matrices];
        Start = matrices[0].Offset;
        Length = MuonPlan.LengthOf(matrices);
        gramOffsets = MuonPlan.GramOffsets(matrices);
        GramLength = gramOffsets[^1];
        long next = MuonPlan.Aligned(plan.LargestLength);
        GramStart = 2 * next;
        SquareStart = GramStart + plan.LargestGramLength;
        NextStart = next;
        blocks = OnDevice(device, CutMatrices());
        gramBlocks = OnDevice(device, CutGrams());
        sums = device.Allocate<double>(blocks.View.Length);
        grams = [Grams(iterate: 0), Grams(iterate: next)];
        squares = new GroupedProducts(device, [.. matrices.Select((matrix, i) => new GroupedProduct(
            new MatmulShape(matrix.Order, matrix.Order, matrix.Order),
            MatmulLayout.NN,
            SquareStart + gramOffsets[i],
            GramStart + gramOffsets[i],
            GramStart + gramOffsets[i]))]);
        products = [Products(iterate: 0, next), Products(iterate: next, next: 0)];

        GroupedProducts Grams(long iterate) => new(device, [.. matrices.Select((matrix, i) => new GroupedProduct(
            new MatmulShape(matrix.Order, matrix.Order, Math.Max(matrix.Rows, matrix.Columns)),
            matrix.Rows > matrix.Columns ? MatmulLayout.TN : MatmulLayout.NT,
            GramStart + gramOffsets[i],
            iterate + matrix.Offset - Start,
            iterate + matrix.Offset - Start))]);

        GroupedProducts Products(long iterate, long next) => new(device, [.. matrices.Select((matrix, i) =>
        {
            long x = iterate + matrix.Offset - Start;
            long p = SquareStart + gramOffsets[i];
            var shape = new MatmulShape(matrix.Rows, matrix.Columns, matrix.Order);
            return matrix.Rows > matrix.Columns
                ? new GroupedProduct(shape, MatmulLayout.NN, next + matrix.Offset - Start, x, p)
                : new GroupedProduct(shape, MatmulLayout.NN, next + matrix.Offset - Start, p, x);
        })]);
    }

    public ReadOnlySpan<MuonMatrix> Matrices => matrices;

    /// <summary>The first matrix's offset.</summary>
    public long Start { get; }

    /// <summary>Elements from the first matrix's first to the last one's last.</summary>
    public long Length { get; }

    internal long GramLength { get; }

    /// <summary>Where each Gram matrix starts among them all.</summary>
    internal ReadOnlySpan<long> GramOffsets => gramOffsets;

    /// <summary>Where scratch memory holds the next iterates; the iterates start at 0.</summary>
    internal long NextStart { get; }

    internal long GramStart { get; }

    internal long SquareStart { get; }

    /// <summary>Elements of scratch memory that the group reaches.</summary>
    internal long ScratchLength => SquareStart + GramLength;

    internal ArrayView<MuonBlock> Blocks => blocks.View;

    internal ArrayView<MuonGramBlock> GramBlocks => gramBlocks.View;

    /// <summary>A sum of squares a block.</summary>
    internal ArrayView<double> Sums => sums.View;

    /// <summary>Elements of the longest block.</summary>
    internal int LongestBlock { get; private set; }

    internal int LongestGramBlock { get; private set; }

    /// <summary>Whether every block starts at a multiple of four elements from where the group does.</summary>
    internal bool HasQuads { get; private set; } = true;

    /// <summary>The Gram matrices of the iterates, or, for parity 1, of the next iterates.</summary>
    internal GroupedProducts GramsOf(int parity) => grams[parity];

    internal GroupedProducts Squares => squares;

    /// <summary>From the iterates to the next iterates, or, for parity 1, back.</summary>
    internal GroupedProducts ProductsOf(int parity) => products[parity];

    /// <summary>The group's part of a slab.</summary>
    internal ArrayView<T> In<T>(ArrayView<T> slab)
        where T : unmanaged => slab.SubView(Start, Length);

    public void Dispose()
    {
        blocks.Dispose();
        gramBlocks.Dispose();
        sums.Dispose();
        squares.Dispose();
        foreach (GroupedProducts each in grams.Concat(products))
            each.Dispose();
    }

    private List<MuonBlock> CutMatrices()
    {
        List<MuonBlock> cut = [];
        foreach (MuonMatrix matrix in matrices)
        {
            int firstBlock = cut.Count;
            int count = Tiling.Count(matrix.Length, BlockLength);
            for (int i = 0; i < count; i++)
            {
                long within = (long)i * BlockLength;
                var block = new MuonBlock
                {
                    Start = matrix.Offset - Start + within,
                    Count = (int)Math.Min(BlockLength, matrix.Length - within),
                    FirstBlock = firstBlock,
                    Blocks = count,
                    Scale = (float)matrix.UpdateScale,
                };
                LongestBlock = Math.Max(LongestBlock, block.Count);
                HasQuads &= block.Start % 4 == 0;
                cut.Add(block);
            }
        }

        return cut;
    }

    private List<MuonGramBlock> CutGrams()
    {
        List<MuonGramBlock> cut = [];
        for (int i = 0; i < matrices.Length; i++)
        {
            int order = matrices[i].Order;
            long length = (long)order * order;
            for (long within = 0; within < length; within += BlockLength)
            {
                int count = (int)Math.Min(BlockLength, length - within);
                LongestGramBlock = Math.Max(LongestGramBlock, count);
                cut.Add(new MuonGramBlock { Start = gramOffsets[i] + within, Within = within, Count = count, Order = order });
            }
        }

        return cut;
    }

    private static DeviceBuffer<T> OnDevice<T>(Device device, List<T> table)
        where T : unmanaged
    {
        DeviceBuffer<T> buffer = device.Allocate<T>(table.Count);
        new Tensor<T>(buffer.View, 1, table.Count).CopyFrom([.. table]);
        return buffer;
    }
}

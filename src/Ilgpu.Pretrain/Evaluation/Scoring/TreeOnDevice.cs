using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A batch's tree on the device: the ids and indices that all members' passes read.</summary>
internal sealed class TreeOnDevice : IDisposable
{
    private readonly Slab<int> slab;
    private readonly SlabEntry rowTokens;
    private readonly SlabEntry cellRows;
    private readonly SlabEntry rowCells;
    private readonly SlabEntry entryRows;
    private readonly SlabEntry entryTokens;

    public TreeOnDevice(Device device, TreeLimits limits)
    {
        var layout = new SlabLayout();
        rowTokens = layout.Reserve("row_tokens", 1, limits.Rows);
        cellRows = layout.Reserve("cell_rows", 1, limits.Cells);
        rowCells = layout.Reserve("row_cells", 1, limits.Rows);
        entryRows = layout.Reserve("entry_rows", 1, limits.Entries);
        entryTokens = layout.Reserve("entry_tokens", 1, limits.Entries);
        slab = new Slab<int>(device, layout);
    }

    /// <summary>1 x rows.</summary>
    public Tensor<int> RowTokens { get; private set; }

    /// <summary>1 x cells.</summary>
    public Tensor<int> CellRows { get; private set; }

    /// <summary>1 x rows.</summary>
    public Tensor<int> RowCells { get; private set; }

    /// <summary>1 x entries.</summary>
    public Tensor<int> EntryRows { get; private set; }

    /// <summary>1 x entries.</summary>
    public Tensor<int> EntryTokens { get; private set; }

    public IReadOnlyList<TreeBlock> Blocks { get; private set; } = [];

    public bool IsDense { get; private set; }

    /// <summary>Takes a tree whose cells are laid out.</summary>
    public void Take(PrefixTree tree)
    {
        RowTokens = Copy(rowTokens, CollectionsMarshal.AsSpan(tree.RowTokens));
        CellRows = Copy(cellRows, CollectionsMarshal.AsSpan(tree.CellRows));
        RowCells = Copy(rowCells, tree.RowCells);
        EntryRows = Copy(entryRows, CollectionsMarshal.AsSpan(tree.EntryRows));
        EntryTokens = Copy(entryTokens, CollectionsMarshal.AsSpan(tree.EntryTokens));
        Blocks = tree.Blocks;
        IsDense = tree.IsDense;
    }

    public void Dispose() => slab.Dispose();

    private Tensor<int> Copy(SlabEntry place, ReadOnlySpan<int> values)
    {
        Tensor<int> target = slab[place].Stretch(0, values.Length);
        target.CopyFrom(values);
        return target;
    }
}

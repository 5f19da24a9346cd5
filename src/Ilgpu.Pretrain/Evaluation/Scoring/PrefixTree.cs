namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// What a batch computes: the paths' beginnings as a tree, in which tokens that follow the same tokens are one row. Rows go
/// through the products once and without padding. Attention alone sees sequences, from the roots to the leaves, in blocks of
/// similar lengths: cells, which copy the rows' queries, keys and values.
/// </summary>
internal sealed class PrefixTree
{
    private const int NoParent = -1;

    /// <summary>A sequence joins a block that is at most so many tokens longer, or a third longer, than itself.</summary>
    private const int LooseTokens = 16;

    private readonly Dictionary<(int Parent, int Token), int> rows = [];
    private readonly Dictionary<(int Row, int Token), int> entries = [];
    private readonly List<int> parents = [];
    private readonly List<int> depths = [];
    private readonly List<bool> isInner = [];

    /// <summary>Each row's token.</summary>
    public List<int> RowTokens { get; } = [];

    /// <summary>The row that each scored token follows.</summary>
    public List<int> EntryRows { get; } = [];

    /// <summary>Each scored token.</summary>
    public List<int> EntryTokens { get; } = [];

    /// <summary>For each path, one after another, the entries of its scored tokens.</summary>
    public List<int> PathEntries { get; } = [];

    /// <summary>Sequences of attention, longest first; what <see cref="LayOut"/> made.</summary>
    public List<TreeBlock> Blocks { get; } = [];

    /// <summary>Each cell's row, block by block; cells behind a sequence's end have row 0.</summary>
    public List<int> CellRows { get; } = [];

    /// <summary>A cell of each row.</summary>
    public int[] RowCells { get; private set; } = [];

    /// <summary>Whether each row is its own cell.</summary>
    public bool IsDense { get; private set; }

    /// <summary>A bound of <see cref="CellRows"/>' length.</summary>
    public long MostCells { get; private set; }

    public void Clear()
    {
        rows.Clear();
        entries.Clear();
        parents.Clear();
        depths.Clear();
        isInner.Clear();
        RowTokens.Clear();
        EntryRows.Clear();
        EntryTokens.Clear();
        PathEntries.Clear();
        MostCells = 0;
    }

    /// <summary>Adds a path.</summary>
    /// <returns>Whether it fitted; if not, nothing has changed.</returns>
    public bool TryAdd(TokenPath path, int mostRows, int mostCells, int mostEntries)
    {
        ReadOnlySpan<int> ids = path.Ids.Span;
        int shared = 0;
        int row = NoParent;
        while (shared < path.Length && rows.TryGetValue((row, ids[shared]), out int next))
        {
            row = next;
            shared++;
        }

        int added = path.Length - shared;
        long cells = added > 0 ? MostCells + CellsOf(path.Length) : MostCells;
        if (RowTokens.Count + added > mostRows || cells > mostCells || EntryRows.Count + path.Scored > mostEntries)
            return false;
        MostCells = cells;
        for (int i = shared; i < path.Length; i++)
            row = AddRow(row, ids[i], i);
        AddEntries(ids, path.First);
        return true;
    }

    /// <summary>Lays the cells out: what is added afterwards is not in them.</summary>
    public void LayOut()
    {
        Blocks.Clear();
        CellRows.Clear();
        RowCells = new int[RowTokens.Count];
        int[] leaves = [.. Enumerable.Range(0, RowTokens.Count).Where(row => !isInner[row]).OrderByDescending(row => depths[row])];
        for (int start = 0; start < leaves.Length;)
        {
            int length = depths[leaves[start]] + 1;
            int end = start + 1;
            while (end < leaves.Length && Joins(depths[leaves[end]] + 1, length))
                end++;
            Blocks.Add(new TreeBlock(CellRows.Count, end - start, length));
            for (int i = start; i < end; i++)
                AddSequence(leaves[i], length);
            start = end;
        }

        IsDense = CellRows.Count == RowTokens.Count && !CellRows.Where((row, cell) => row != cell).Any();
    }

    private static bool Joins(int length, int ofBlock) => ofBlock - length < LooseTokens || 4L * length >= 3L * ofBlock;

    /// <summary>A bound of the cells that a sequence takes, padding included.</summary>
    private static long CellsOf(int length) => Math.Max(length + LooseTokens - 1, (4L * length / 3) + 1);

    private int AddRow(int parent, int token, int depth)
    {
        int row = RowTokens.Count;
        rows.Add((parent, token), row);
        RowTokens.Add(token);
        parents.Add(parent);
        depths.Add(depth);
        isInner.Add(false);
        if (parent != NoParent)
            isInner[parent] = true;
        return row;
    }

    private void AddEntries(ReadOnlySpan<int> ids, int first)
    {
        int row = NoParent;
        for (int i = 0; i + 1 < ids.Length; i++)
        {
            row = rows[(row, ids[i])];
            if (i + 1 < first)
                continue;
            int token = ids[i + 1];
            if (!entries.TryGetValue((row, token), out int entry))
            {
                entry = EntryRows.Count;
                entries.Add((row, token), entry);
                EntryRows.Add(row);
                EntryTokens.Add(token);
            }

            PathEntries.Add(entry);
        }
    }

    private void AddSequence(int leaf, int length)
    {
        int first = CellRows.Count;
        for (int i = 0; i < length; i++)
            CellRows.Add(0);
        for (int row = leaf; row != NoParent; row = parents[row])
        {
            int cell = first + depths[row];
            CellRows[cell] = row;
            RowCells[row] = cell;
        }
    }
}

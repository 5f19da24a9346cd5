namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What a batch may hold; what memory is planned for.</summary>
/// <param name="Rows">Tokens that go through the products.</param>
/// <param name="Cells">Tokens that attention sees, padding included.</param>
/// <param name="Entries">Scored tokens.</param>
internal readonly record struct TreeLimits(int Rows, int Cells, int Entries)
{
    /// <summary>Room for cells beyond the rows: for beginnings that are shared, and for padding.</summary>
    private const int CellsPerRow = 4;

    /// <summary>Room for several scored tokens behind one row.</summary>
    private const int EntriesPerRow = 2;

    /// <summary>Limits that hold the longest path alone, and so many rows otherwise.</summary>
    public static TreeLimits Of(int rows, int longest)
    {
        rows = Math.Max(rows, longest);
        return new TreeLimits(rows, checked(CellsPerRow * (rows + LongestPadding)), checked(EntriesPerRow * rows));
    }

    /// <summary>A path of one token is a sequence of up to 16.</summary>
    private const int LongestPadding = 16;
}

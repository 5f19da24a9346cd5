namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Rows in columns as wide as their widest cell.</summary>
/// <param name="columns">Their heads; numbers are set to the right.</param>
internal sealed class TextTable(params (string Head, bool IsNumber)[] columns)
{
    private const string Gap = "  ";

    private readonly List<string[]> rows = [[.. columns.Select(column => column.Head)]];

    /// <param name="cells">One a column.</param>
    public void Add(params string[] cells) => rows.Add(cells);

    public void Write(TextWriter words)
    {
        int[] widths = [.. columns.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            words.WriteLine(string.Join(Gap, row.Select((cell, column) => columns[column].IsNumber ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }
}

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A table from a file: comma-separated values, or JSON objects, whichever the first character tells.</summary>
public static class TableFile
{
    /// <exception cref="InputException">It cannot be read, or is not a table.</exception>
    public static DataTable Read(string path)
    {
        string text;
        try
        {
            // A byte order mark is not part of the first column's name.
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--csv was given '{path}', which cannot be read: {e.Message}", e);
        }

        string name = Path.GetFileName(path);
        DataTable table = text.AsSpan().TrimStart() is ['{' or '[', ..] ? JsonTable.Parse(name, text) : CsvTable.Parse(name, text);
        return table.Rows.Count > 0 ? table : throw new InputException($"'{path}' has no rows: it takes a table with a line of column names, or JSON objects.");
    }
}

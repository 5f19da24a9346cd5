using System.Text;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Comma-separated values after RFC 4180, as loosely as people write them: also with semicolons or tabs, with blank lines
/// and lines of comment (#), with space around cells, with either line end.
/// </summary>
internal static class CsvTable
{
    private const char Quote = '"';
    private const char Comment = '#';

    private static readonly char[] Separators = [',', '\t', ';'];

    /// <exception cref="InputException">A line has more cells than there are columns, or a quote is not closed: names it.</exception>
    public static DataTable Parse(string name, string text)
    {
        char separator = SeparatorOf(text);
        string[]? columns = null;
        var rows = new List<(string, string?[])>();
        int position = 0, line = 1;
        while (position < text.Length)
        {
            int startLine = line;
            List<string> cells = ReadRecord(name, text, separator, ref position, ref line);
            // A colour or a number of a run may begin like a comment; it is in a row of the right length.
            if (cells is [""] || (cells[0].StartsWith(Comment) && cells.Count != columns?.Length))
                continue;
            if (columns is null)
            {
                columns = [.. cells];
                continue;
            }

            if (cells.Count > columns.Length)
                throw new InputException($"{name} line {startLine} has {cells.Count} cells; the columns are {columns.Length}: {string.Join(", ", columns)}.");
            rows.Add(($"{name} line {startLine}", [.. columns.Select((_, i) => i < cells.Count ? cells[i] : null)]));
        }

        return new DataTable(name, columns ?? [], rows);
    }

    /// <summary>The one of the separators that the first line with cells has most of.</summary>
    private static char SeparatorOf(string text)
    {
        string header = text.Split('\n').FirstOrDefault(line => line.Trim().Length > 0 && line.TrimStart()[0] != Comment) ?? "";
        return Separators.MaxBy(separator => header.Count(c => c == separator));
    }

    private static List<string> ReadRecord(string name, string text, char separator, ref int position, ref int line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        int startLine = line;
        bool isQuoted = false, wasQuoted = false;
        // A comment's quotes are not quotes.
        bool isComment = text.AsSpan(position).TrimStart(" \t") is [Comment, ..];
        for (; position < text.Length; position++)
        {
            char c = text[position];
            if (c == '\n')
                line++;
            if (isQuoted)
            {
                if (c != Quote)
                    cell.Append(c);
                else if (position + 1 < text.Length && text[position + 1] == Quote)
                    cell.Append(text[++position]);
                else
                    isQuoted = false;
            }
            else if (c == Quote && !isComment && cell.ToString().AsSpan().IsWhiteSpace())
            {
                cell.Clear();
                isQuoted = wasQuoted = true;
            }
            else if (c == separator)
            {
                EndCell();
            }
            else if (c == '\n')
            {
                position++;
                break;
            }
            else
            {
                cell.Append(c);
            }
        }

        if (isQuoted)
            throw new InputException($"{name} line {startLine} opens a quote that is not closed.");
        EndCell();
        return cells;

        void EndCell()
        {
            string value = cell.ToString();
            cells.Add(wasQuoted ? value.TrimEnd('\r') : value.Trim());
            cell.Clear();
            wasQuoted = false;
        }
    }
}

using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Rows of named cells, as a file or a folder of runs has them. A cell may be missing: null.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">What messages call each, and its cells, one a column.</param>
public sealed record DataTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<(string Name, string?[] Cells)> Rows)
{
    private static readonly string[] NotANumber = ["", "nan", "null", "none", "na", "n/a", "inf", "-inf"];

    /// <summary>The column of that name, or the only one that differs from it in case alone; -1 where there is none.</summary>
    public int Find(string name)
    {
        for (int i = 0; i < Columns.Count; i++)
        {
            if (Columns[i] == name)
                return i;
        }

        int[] alike = [.. Enumerable.Range(0, Columns.Count).Where(i => string.Equals(Columns[i], name, StringComparison.OrdinalIgnoreCase))];
        return alike.Length == 1 ? alike[0] : -1;
    }

    /// <exception cref="InputException">There is no such column: says which there are.</exception>
    public int Require(string flag, string name)
    {
        int column = Find(name);
        return column >= 0 ? column : throw new InputException($"{flag} was given the column '{name}'; {Name} has: {string.Join(", ", Columns)}.");
    }

    /// <summary>A column's numbers; NaN where a cell is missing or says that it is none.</summary>
    /// <exception cref="InputException">A cell is something else: names its row.</exception>
    public double[] Numbers(int column) => [.. Rows.Select(row => Number(row.Name, column, row.Cells[column]))];

    public string[] Words(int column) => [.. Rows.Select(row => row.Cells[column] ?? "")];

    /// <summary>The rows that hold.</summary>
    public DataTable Where(Func<string?[], bool> holds) => this with { Rows = [.. Rows.Where(row => holds(row.Cells))] };

    private double Number(string row, int column, string? cell)
    {
        string text = (cell ?? "").Trim();
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            return value;
        return NotANumber.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? double.NaN
            : throw new InputException($"{row}: the column {Columns[column]} has '{text}', which is not a number.");
    }
}

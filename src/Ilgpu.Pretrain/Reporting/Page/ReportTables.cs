namespace Ilgpu.Pretrain.Reporting;

/// <summary>Tables as HTML: the numbers that texts are rounded from stand beside them.</summary>
internal static class ReportTables
{
    public static Markup Of(ReportTable table)
    {
        bool[] areNumbers = [.. table.Columns.Select((_, column) => IsOfNumbers(table, column))];
        var drawn = new Markup(
            "table",
            ("id", table.Id),
            new Markup("thead", new Markup("tr", table.Columns.Select((column, i) => new Markup("th", ("scope", "col"), areNumbers[i] ? ("class", "number") : null, column)))),
            new Markup("tbody", table.Rows.Select((row, number) => new Markup(
                "tr",
                number == table.Highlighted ? ("class", "best") : null,
                row.Select((cell, column) => Cell(cell, column, areNumbers[column]))))));
        var scrolled = new Markup("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", table.Title), drawn);
        // A caption would be as wide as the table and scroll away with it on a phone.
        return table.IsFolded
            ? new Markup("details", new Markup("summary", table.Title), scrolled)
            : new Markup("div", ("class", "table"), new Markup("h3", table.Title), scrolled);
    }

    /// <summary>Whether every cell that has something has a number.</summary>
    private static bool IsOfNumbers(ReportTable table, int column) =>
        table.Rows.Any(row => row[column].Value is not null)
        && table.Rows.All(row => row[column].Value is not null || row[column].Text.Length == 0 || row[column] == ReportCell.Nothing);

    private static Markup Cell(ReportCell cell, int column, bool isNumber) => new(
        column == 0 && !isNumber ? "th" : "td",
        column == 0 && !isNumber ? ("scope", "row") : null,
        isNumber ? ("class", "number") : null,
        cell.Value is { } value && double.IsFinite(value) ? ("data-value", ReportNumber.Exact(value)) : null,
        cell.Text);
}

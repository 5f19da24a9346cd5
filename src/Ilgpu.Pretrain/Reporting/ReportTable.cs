namespace Ilgpu.Pretrain.Reporting;

/// <summary>A table of a page.</summary>
/// <param name="Id">Unique in its report; letters, digits and hyphens.</param>
/// <param name="Title">Its caption.</param>
/// <param name="Columns">The heads.</param>
/// <param name="Rows">As many cells each as there are columns.</param>
public sealed record ReportTable(string Id, string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    /// <summary>Whether it is closed until a reader opens it; on paper it is left out.</summary>
    public bool IsFolded { get; init; }

    /// <summary>The row that counts most, or null.</summary>
    public int? Highlighted { get; init; }
}

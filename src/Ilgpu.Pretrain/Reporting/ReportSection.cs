namespace Ilgpu.Pretrain.Reporting;

/// <summary>A part of a page under one heading: paragraphs, charts, tables, notes.</summary>
/// <param name="Id">Unique in its report; letters, digits and hyphens.</param>
/// <param name="Title">The heading.</param>
public sealed record ReportSection(string Id, string Title)
{
    public IReadOnlyList<string> Text { get; init; } = [];

    /// <summary>Those that are empty are left out, and said to be.</summary>
    public IReadOnlyList<Chart> Charts { get; init; } = [];

    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>What to know before any of it is trusted: below charts and tables.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Paragraphs of somebody's own: generated text, for example.</summary>
    public IReadOnlyList<string> Quotes { get; init; } = [];
}

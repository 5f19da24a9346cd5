namespace Ilgpu.Pretrain.Reporting;

/// <summary>What a page shows, as data.</summary>
/// <param name="Title">One line.</param>
/// <param name="Subtitle">What it is about, in a sentence or two.</param>
/// <param name="Figures">The few that count most.</param>
/// <param name="Sections">In their order.</param>
public sealed record Report(string Title, string Subtitle, IReadOnlyList<KeyFigure> Figures, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>What wrote it and when: the page's last line.</summary>
    public string Footer { get; init; } = "";

    public IEnumerable<Chart> Charts => Sections.SelectMany(section => section.Charts);

    public IEnumerable<ReportTable> Tables => Sections.SelectMany(section => section.Tables);
}

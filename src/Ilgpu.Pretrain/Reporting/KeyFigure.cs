namespace Ilgpu.Pretrain.Reporting;

/// <summary>One number at the head of a page.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">It.</param>
/// <param name="Note">Its unit, or what it is to be held against.</param>
public sealed record KeyFigure(string Label, ReportCell Value, string Note = "");

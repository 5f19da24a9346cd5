namespace Ilgpu.Pretrain.Reporting;

/// <summary>An arrow along one y, from one x to another: how much further another curve reaches the same value.</summary>
/// <param name="Label">Above its middle.</param>
/// <param name="Y">On the vertical axis.</param>
/// <param name="FromX">Where it begins.</param>
/// <param name="ToX">Where its head is.</param>
/// <param name="Colour">As a series'.</param>
public sealed record ChartBridge(string Label, double Y, double FromX, double ToX, int Colour);

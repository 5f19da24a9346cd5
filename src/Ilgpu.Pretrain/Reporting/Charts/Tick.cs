namespace Ilgpu.Pretrain.Reporting;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where.</param>
/// <param name="Label">Empty for a minor one.</param>
public readonly record struct Tick(double Value, string Label);

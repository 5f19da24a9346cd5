namespace Ilgpu.Pretrain.Studies;

/// <summary>What a variable of <c>foreach</c> stands for: its label inside names and longer texts, its value where it stands alone.</summary>
internal sealed record LoopValue(string Label, string Value);

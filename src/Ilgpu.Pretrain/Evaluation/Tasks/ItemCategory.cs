namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What a row belongs to, and is reported by.</summary>
/// <param name="Kind">For example phenomenon.</param>
/// <param name="Value">For example island_effects.</param>
public readonly record struct ItemCategory(string Kind, string Value);

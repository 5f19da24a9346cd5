namespace Ilgpu.Pretrain.Interchange;

/// <summary>How a model is written.</summary>
/// <param name="Type">What its elements are rounded to.</param>
/// <param name="ShardBytes">Bytes of tensors that a file has at most; null for one file.</param>
public sealed record ExportOptions(StoredType Type = StoredType.Fp32, long? ShardBytes = null);

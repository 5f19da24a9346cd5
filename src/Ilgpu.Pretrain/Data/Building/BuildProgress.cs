namespace Ilgpu.Pretrain.Data;

/// <summary>How far a dataset has come.</summary>
/// <param name="Activity">What is being done, in words.</param>
/// <param name="Documents">Documents done so far.</param>
/// <param name="Tokens">Tokens of those.</param>
/// <param name="BytesRead">Of the sources, in this activity.</param>
/// <param name="TotalBytes">Of the sources.</param>
public readonly record struct BuildProgress(string Activity, long Documents, long Tokens, long BytesRead, long TotalBytes);

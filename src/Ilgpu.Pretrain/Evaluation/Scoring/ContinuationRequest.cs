namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A context with what follows it, as tokens.</summary>
/// <param name="Ids">Two at least.</param>
/// <param name="First">The first token of what follows, from 1: it and all behind it are scored.</param>
public readonly record struct ContinuationRequest(ReadOnlyMemory<int> Ids, int First);

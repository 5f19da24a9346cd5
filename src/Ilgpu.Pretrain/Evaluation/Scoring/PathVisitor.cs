namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Is shown each path with its scores, in the order in which paths were given.</summary>
/// <param name="path">What was scored.</param>
/// <param name="entries">For each of its scored tokens, where its loss lies.</param>
/// <param name="scores">Of the batch that it was in; overwritten by the next one.</param>
internal delegate void PathVisitor(in TokenPath path, ReadOnlySpan<int> entries, ScoringHead scores);

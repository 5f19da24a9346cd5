using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>What was measured of an ensemble.</summary>
/// <param name="Scores">For every K.</param>
/// <param name="Members">Names, in their order.</param>
internal sealed record EnsembleLosses(EnsembleScores Scores, IReadOnlyList<string> Members);

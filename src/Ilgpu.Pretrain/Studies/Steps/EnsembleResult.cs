using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A measured ensemble.</summary>
/// <param name="Configs">Its members', in their order.</param>
/// <param name="Scores">Losses of each and of the first K.</param>
/// <param name="Folder">The ensemble's; null where it is known from a ledger only.</param>
public sealed record EnsembleResult(IReadOnlyList<TrainingConfig> Configs, EnsembleScores Scores, string? Folder) : StepResult
{
    /// <summary>Those whose results are known.</summary>
    public IReadOnlyList<StudyRun> Members { get; init; } = [];

    public override IReadOnlyList<StudyRun> Runs => Members;

    /// <summary>Of the averaged logits of all.</summary>
    public override double? Loss => Scores.LogitAverage[^1];

    public override string Summary => FormattableString.Invariant($"K = {Configs.Count}; alone {Scores.Members.Average():0.0000}");
}

using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A finished tuning.</summary>
/// <param name="Tuning">What came out.</param>
/// <param name="Folder">The tuning's; null where it is known from a ledger only.</param>
public sealed record TunedResult(TuningResult Tuning, string? Folder) : StepResult
{
    /// <summary>The run, or the first member's, at the optimum.</summary>
    public TrainingConfig Optimum => Tuning.Plan.RunsOf(new TuningTrial(Tuning.Search.Optimum))[0];

    /// <summary>The run at the optimum; none where members were tuned.</summary>
    public IReadOnlyList<StudyRun> OptimumRuns { get; init; } = [];

    public override IReadOnlyList<StudyRun> Runs => OptimumRuns;

    public override double? Loss => Tuning.Search.Loss;

    public override string Summary => $"{Tuning.Search.Optimum}{(Tuning.Search.Certificate.IsCertified ? ", certified" : "")}";
}

namespace Ilgpu.Pretrain.Studies;

/// <summary>A student and what it kept.</summary>
/// <param name="Student">Its run.</param>
/// <param name="TeacherLoss">Of the teachers together.</param>
/// <param name="BaselineLoss">Of the best of them alone, or of the run that was named.</param>
/// <param name="ShareKept">Of the gain; null where the teachers have none.</param>
public sealed record DistillationResult(StudyRun Student, double TeacherLoss, double BaselineLoss, double? ShareKept) : StepResult
{
    /// <summary>The synthetic corpus' folder; null where none was sampled, or it is known from a ledger only.</summary>
    public string? CorpusFolder { get; init; }

    /// <summary>The corpus by which a ledger knows it, and what it is; null where none was sampled.</summary>
    public (string LedgerKey, DatasetIdentity Identity)? Corpus { get; init; }

    public override IReadOnlyList<StudyRun> Runs => [Student];

    public override double? Loss => Student.Result.ValLoss;

    public override string Summary => FormattableString.Invariant($"teacher {TeacherLoss:0.0000}, baseline {BaselineLoss:0.0000}")
        + (ShareKept is { } kept ? FormattableString.Invariant($", {kept:0%} of the gain kept") : "");
}

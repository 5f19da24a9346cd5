namespace Ilgpu.Pretrain.Studies;

/// <summary>Finished runs.</summary>
/// <param name="All">In the order of the sweep.</param>
public sealed record RunsResult(IReadOnlyList<StudyRun> All) : StepResult
{
    public override IReadOnlyList<StudyRun> Runs => All;

    public override double? Loss => All.Min(run => run.Result.ValLoss);

    public override string Summary => All is [var single]
        ? FormattableString.Invariant($"{single.Result.BitsPerByte:0.0000} bits per byte")
        : $"the lowest of {All.Count}: {All.MinBy(run => run.Result.ValLoss)!.Name}";
}

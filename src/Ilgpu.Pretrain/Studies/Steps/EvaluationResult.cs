namespace Ilgpu.Pretrain.Studies;

/// <summary>How the models of some steps did at a task.</summary>
/// <param name="Accuracies">One a step.</param>
public sealed record EvaluationResult(IReadOnlyList<TaskAccuracy> Accuracies) : StepResult
{
    public override string Summary => string.Join("; ", Accuracies.Select(each => FormattableString.Invariant($"{each.Of} {each.Accuracy:0.0000}")));
}

namespace Ilgpu.Pretrain.Studies;

/// <summary>How a study ended.</summary>
/// <param name="Study">Which.</param>
/// <param name="Steps">In the study's order.</param>
/// <param name="Folder">Where study.json lies.</param>
/// <param name="Seconds">It took.</param>
/// <param name="Slots">Trainings at a time.</param>
/// <param name="BusySeconds">In which something was trained, measured or built; the rest is the study's own.</param>
/// <param name="WorkSeconds">Of all slots together.</param>
/// <param name="IsOverBudget">Whether it was stopped by its budget.</param>
public sealed record StudyOutcome(
    Study Study,
    IReadOnlyList<StepReport> Steps,
    string Folder,
    double Seconds,
    int Slots,
    double BusySeconds,
    double WorkSeconds,
    bool IsOverBudget)
{
    /// <summary>Every finished run that its steps asked for, those of tunings among them.</summary>
    public IReadOnlyList<StudyRun> Runs { get; init; } = [];

    public IReadOnlyList<StepReport> Failed => [.. Steps.Where(step => step.State is StepState.Failed or StepState.Blocked)];

    public bool IsInterrupted => Steps.Any(step => step.State is StepState.Interrupted or StepState.Pending);
}

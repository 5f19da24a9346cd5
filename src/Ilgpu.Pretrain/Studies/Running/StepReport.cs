namespace Ilgpu.Pretrain.Studies;

/// <summary>A step, what became of it and what came out.</summary>
/// <param name="Step">Which.</param>
/// <param name="State">What became of it.</param>
/// <param name="Message">Why it failed, what it waits for, how far it is; null for nothing to say.</param>
/// <param name="Result">What came out, or null.</param>
/// <param name="Seconds">From its begin to its end, those of other steps' runs between its own counted.</param>
public sealed record StepReport(StudyStep Step, StepState State, string? Message = null, StepResult? Result = null, double Seconds = 0);

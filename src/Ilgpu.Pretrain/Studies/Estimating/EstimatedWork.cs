namespace Ilgpu.Pretrain.Studies;

/// <summary>A run to train, or members to measure, and what that takes.</summary>
/// <param name="Step">Whose it is.</param>
/// <param name="Name">Of the run, or what is measured.</param>
/// <param name="RunId">Null for a measurement.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Seconds">In a slot, by the rate that was measured; 0 where it is done.</param>
/// <param name="IsUpper">Whether it takes at most so much: what it follows from is not known yet.</param>
/// <param name="IsDone">Whether its result is there.</param>
public sealed record EstimatedWork(StudyStep Step, string Name, string? RunId, double Flops, double Seconds, bool IsUpper, bool IsDone);

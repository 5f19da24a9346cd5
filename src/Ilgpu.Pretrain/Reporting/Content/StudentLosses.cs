namespace Ilgpu.Pretrain.Reporting;

/// <summary>A student beside what it is compared with. Validation losses in nats a token; null where they are not known.</summary>
/// <param name="Name">Of the distillation.</param>
/// <param name="Teaching">How it was taught, in words; null for nothing to say.</param>
/// <param name="Teacher">The teachers' together.</param>
/// <param name="Baseline">One model's without distillation.</param>
/// <param name="Student">Its own.</param>
/// <param name="ShareKept">Of the gain; null where there is none.</param>
internal sealed record StudentLosses(string Name, string? Teaching, double? Teacher, double? Baseline, double? Student, double? ShareKept);

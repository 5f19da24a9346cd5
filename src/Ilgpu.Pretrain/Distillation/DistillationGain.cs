namespace Ilgpu.Pretrain.Distillation;

/// <summary>How much of what an ensemble gains over one model its student keeps. Validation losses in nats a token.</summary>
/// <param name="Teacher">The teachers' together.</param>
/// <param name="Baseline">A single model's: without distillation, the student's rival.</param>
/// <param name="Student">The student's.</param>
public sealed record DistillationGain(double Teacher, double Baseline, double Student)
{
    /// <summary>
    /// (baseline - student) / (baseline - teacher): 1 for a student as good as the ensemble, above 1 for a better one, below 0
    /// for one worse than the baseline; null where the teacher is not better than the baseline, so that there is no gain.
    /// </summary>
    public double? ShareKept => Baseline > Teacher ? (Baseline - Student) / (Baseline - Teacher) : null;
}

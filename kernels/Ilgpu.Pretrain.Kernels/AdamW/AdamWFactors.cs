namespace Ilgpu.Pretrain.Kernels;

/// <summary>What a parameter's update multiplies with, worked out once a step on the host and kept in fp64 throughout.</summary>
/// <param name="Kept">1 - lr wd: what is left of a decayed parameter.</param>
/// <param name="Rate">lr / (1 - b1^step).</param>
/// <param name="Beta1">b1.</param>
/// <param name="Beta2">b2.</param>
/// <param name="SecondCorrection">1 / (1 - b2^step).</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
internal readonly record struct AdamWFactors(
    double Kept,
    double Rate,
    double Beta1,
    double Beta2,
    double SecondCorrection,
    double Epsilon)
{
    public static AdamWFactors Of(AdamWStep step) => new(
        1 - (step.LearningRate * step.WeightDecay),
        step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)),
        step.Beta1,
        step.Beta2,
        1 / (1 - Math.Pow(step.Beta2, step.Step)),
        step.Epsilon);
}

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>One AdamW step of one parameter in fp64, written from the paper's algorithm 2, line by line.</summary>
internal static class AdamWReference
{
    public static (double Parameter, double FirstMoment, double SecondMoment) Step(
        double parameter,
        double gradient,
        double firstMoment,
        double secondMoment,
        double clip,
        bool decayed,
        AdamWStep step)
    {
        gradient *= clip;
        firstMoment = (step.Beta1 * firstMoment) + ((1 - step.Beta1) * gradient);
        secondMoment = (step.Beta2 * secondMoment) + ((1 - step.Beta2) * gradient * gradient);
        double correctedFirst = firstMoment / (1 - Math.Pow(step.Beta1, step.Step));
        double correctedSecond = secondMoment / (1 - Math.Pow(step.Beta2, step.Step));
        double decay = decayed ? step.WeightDecay * parameter : 0;
        parameter -= step.LearningRate * ((correctedFirst / (Math.Sqrt(correctedSecond) + step.Epsilon)) + decay);
        return (parameter, firstMoment, secondMoment);
    }
}

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law bound to points: its values there as a function of its parameters. From any number of threads.</summary>
public abstract class LawModel
{
    /// <param name="parameters">All of the law, in its order.</param>
    /// <param name="values">(points): overwritten.</param>
    /// <param name="gradient">(points, parameters), row-major: overwritten by the derivatives; or empty.</param>
    public abstract void Evaluate(ReadOnlySpan<double> parameters, Span<double> values, Span<double> gradient);
}

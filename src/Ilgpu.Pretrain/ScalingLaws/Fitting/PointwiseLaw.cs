namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law whose value at a row follows from that row: a new one gives parameters, features, value and gradient.</summary>
public abstract class PointwiseLaw : RegressionLaw
{
    public override LawModel Bind(LawData data) =>
        new Model(this, [.. Enumerable.Range(0, data.Count).Select(row => Features(data.Point(row)))]);

    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at) =>
        Value(Features(at), InOrder(parameters), new double[Parameters.Count]);

    /// <summary>What the formula takes of a point, worked out once: logarithms, say.</summary>
    protected abstract double[] Features(LawPoint point);

    /// <summary>The formula.</summary>
    /// <param name="features">Of a point.</param>
    /// <param name="parameters">In the law's order.</param>
    /// <param name="gradient">Overwritten by the derivatives by the parameters.</param>
    protected abstract double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient);

    private sealed class Model(PointwiseLaw law, double[][] features) : LawModel
    {
        public override void Evaluate(ReadOnlySpan<double> parameters, Span<double> values, Span<double> gradient)
        {
            int count = parameters.Length;
            Span<double> unused = stackalloc double[count];
            for (int i = 0; i < features.Length; i++)
                values[i] = law.Value(features[i], parameters, gradient.IsEmpty ? unused : gradient.Slice(i * count, count));
        }
    }
}

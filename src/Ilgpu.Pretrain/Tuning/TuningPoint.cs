namespace Ilgpu.Pretrain.Tuning;

/// <summary>A point of a grid.</summary>
public sealed record TuningPoint(double LearningRate, int Epochs, double WeightDecay)
{
    public double ValueOf(TuningDirection direction) => direction switch
    {
        TuningDirection.LearningRate => LearningRate,
        TuningDirection.Epochs => Epochs,
        _ => WeightDecay,
    };

    public TuningPoint With(TuningDirection direction, double value) => direction switch
    {
        TuningDirection.LearningRate => this with { LearningRate = value },
        TuningDirection.Epochs => this with { Epochs = checked((int)value) },
        _ => this with { WeightDecay = value },
    };

    /// <summary>For example <c>lr 0.003, epochs 16, wd 0.8</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"lr {LearningRate}, epochs {Epochs}, wd {WeightDecay}");
}

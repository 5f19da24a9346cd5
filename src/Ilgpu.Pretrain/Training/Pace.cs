namespace Ilgpu.Pretrain.Training;

/// <summary>Moving averages over about the last twenty steps.</summary>
internal struct Pace()
{
    private const double Weight = .05;

    public double Loss { get; private set; } = double.NaN;

    public double SecondsPerStep { get; private set; } = double.NaN;

    public void Add(double loss, double seconds)
    {
        Loss = Average(Loss, loss);
        SecondsPerStep = Average(SecondsPerStep, seconds);
    }

    private static double Average(double before, double value) =>
        double.IsNaN(before) ? value : before + (Weight * (value - before));
}

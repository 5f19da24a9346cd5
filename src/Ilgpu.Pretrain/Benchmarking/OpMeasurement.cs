namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>What repeated calls of an op came to.</summary>
/// <param name="Op">The op.</param>
/// <param name="Name">Which of its calls.</param>
/// <param name="Seconds">A call, the median.</param>
/// <param name="Flops">Of a call; 0 where memory is the bound.</param>
/// <param name="Bytes">Of a call.</param>
public sealed record OpMeasurement(string Op, string Name, double Seconds, double Flops, double Bytes)
{
    public double FlopsPerSecond => Flops / Seconds;

    public double BytesPerSecond => Bytes / Seconds;
}

using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>What the processor does at most, measured in this call; null where the device is another one.</summary>
/// <param name="FmaFlopsPerSecond">Fused multiply-adds in registers, on the device's threads.</param>
/// <param name="CopyBytesPerSecond">Plain copies, on as many threads.</param>
internal sealed record BenchPeaks(double? FmaFlopsPerSecond, double? CopyBytesPerSecond)
{
    /// <summary>The first alone: it takes no memory, whose peak is read later.</summary>
    public static BenchPeaks FlopsOf(Device device) =>
        new(device.Kind == DeviceKind.Cpu ? PeakMeasurement.FmaFlopsPerSecond(device.Threads) : null, null);

    public static BenchPeaks Of(Device device) =>
        FlopsOf(device) with { CopyBytesPerSecond = device.Kind == DeviceKind.Cpu ? CopyMeasurement.BytesPerSecond(device.Threads) : null };

    /// <summary>The clock moves: the higher of two peaks is nearer to what the processor can do.</summary>
    public BenchPeaks WithLater(BenchPeaks later) =>
        later with { FmaFlopsPerSecond = FmaFlopsPerSecond > later.FmaFlopsPerSecond ? FmaFlopsPerSecond : later.FmaFlopsPerSecond };
}

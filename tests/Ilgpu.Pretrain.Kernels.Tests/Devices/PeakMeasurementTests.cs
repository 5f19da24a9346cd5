namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class PeakMeasurementTests
{
    /// <summary>Between what the slowest core and what no core reaches: other programs may hold the cores meanwhile.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_peak_is_that_of_a_processor(int threads) =>
        Assert.InRange(PeakMeasurement.FmaFlopsPerSecond(threads), 1e8, threads * 1e12);

    [Fact]
    public void No_threads_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PeakMeasurement.FmaFlopsPerSecond(0));
}

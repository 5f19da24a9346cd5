namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class PeakMeasurementTests
{
    /// <summary>Between what the slowest core and what no core reaches: other programs may hold the cores meanwhile.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_peak_is_that_of_a_processor(int threads) =>
        Assert.InRange(PeakMeasurement.FmaFlopsPerSecond(threads), 1e8, threads * 1e12);

    /// <summary>The compiler looks at a hot loop again: it has to leave every multiply-add in place.</summary>
    [Fact]
    public void The_peak_stays_when_the_loop_gets_hot()
    {
        double first = PeakMeasurement.FmaFlopsPerSecond(1);
        double highest = Enumerable.Range(0, 8).Max(_ => PeakMeasurement.FmaFlopsPerSecond(1));
        Assert.InRange(highest, 0, 4 * first);
    }

    [Fact]
    public void No_threads_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PeakMeasurement.FmaFlopsPerSecond(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => CopyMeasurement.BytesPerSecond(0));
    }

    [Fact]
    public void Copies_run_at_a_memorys_speed_and_faster_in_cache()
    {
        double memory = CopyMeasurement.BytesPerSecond(1);
        Assert.InRange(memory, 1e8, 1e12);
        Assert.InRange(CopyMeasurement.CachedBytesPerSecond(), memory / 4, 1e13);
    }

    /// <summary>No core is known that starts more; under load fewer may be seen.</summary>
    [Fact]
    public void A_core_starts_a_few_multiply_adds_a_cycle() => Assert.InRange(ClockMeasurement.FmasPerCycle(), 0, 4);
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What the launches of one op's rung came to.</summary>
/// <param name="op">The class that launches, which is the op and its rung: <c>MatmulCpu</c>.</param>
public sealed class LaunchTotals(string op)
{
    private TimeSpan time;

    public string Op { get; } = op;

    public long Launches { get; private set; }

    /// <summary>From before the launch until the kernel was done.</summary>
    public double Seconds => time.TotalSeconds;

    /// <summary>Managed, on the launching thread.</summary>
    public long AllocatedBytes { get; private set; }

    internal void Add(TimeSpan launch, long bytes)
    {
        Launches++;
        time += launch;
        AllocatedBytes += bytes;
    }

    internal void Clear() => (Launches, time, AllocatedBytes) = (0, TimeSpan.Zero, 0);
}

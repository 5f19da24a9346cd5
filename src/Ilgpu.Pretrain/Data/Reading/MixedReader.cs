namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Batches of two datasets. By step s the second one has given floor(s windows share) windows in all, so that its share is
/// kept to within one window at any time; its windows stand behind the first one's. Each is read in its own order.
/// </summary>
public sealed class MixedReader : IStepReader
{
    private readonly BatchReader first;
    private readonly BatchReader second;
    private readonly int windows;
    private readonly double share;

    /// <param name="first">What epochs are counted by.</param>
    /// <param name="second">With windows of the same length.</param>
    /// <param name="windows">Of a step.</param>
    /// <param name="share">Of the second one, in [0, 1).</param>
    public MixedReader(BatchReader first, BatchReader second, int windows, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, first.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(windows);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(share, 1);
        this.first = first;
        this.second = second;
        this.windows = windows;
        this.share = share;
    }

    /// <inheritdoc/>
    public void Read(long step, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, windows * first.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, inputs.Length);
        long before = SecondBefore(step);
        int ofFirst = windows - (int)(SecondBefore(step + 1) - before);
        int ids = ofFirst * first.Length;
        first.ReadWindows((step * windows) - before, inputs[..ids], targets[..ids]);
        second.ReadWindows(before, inputs[ids..], targets[ids..]);
    }

    private long SecondBefore(long step) => (long)Math.Floor((decimal)step * windows * (decimal)share);
}

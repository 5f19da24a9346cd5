namespace Ilgpu.Pretrain.Data;

/// <summary>The windows of one epoch at a time, in the order they are read. Allocates nothing after its construction.</summary>
internal abstract class EpochSequence
{
    /// <summary>Draws the order of an epoch, whatever the one before was.</summary>
    public abstract void Draw(SplitMix64 random);

    /// <summary>Copies a window of the epoch drawn last.</summary>
    /// <param name="number">Its place within the epoch, from 0.</param>
    /// <param name="ids">The window's first input, then the ids it predicts; overwritten.</param>
    public abstract void Read(int number, Span<int> ids);
}

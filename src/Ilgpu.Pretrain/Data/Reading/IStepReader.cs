namespace Ilgpu.Pretrain.Data;

/// <summary>The batches of a training run, each found from its step alone. For one thread at a time.</summary>
public interface IStepReader
{
    /// <summary>Reads the batch of a step, counted over all epochs from 0.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="inputs">Windows of ids, one after another; overwritten.</param>
    /// <param name="targets">As many ids, each the one after its input; overwritten.</param>
    void Read(long step, Span<int> inputs, Span<int> targets);
}

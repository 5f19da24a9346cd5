namespace Ilgpu.Pretrain.Generation;

/// <summary>How the next token is drawn from the logits. The defaults draw from the model's own distribution.</summary>
public sealed record SamplingOptions
{
    /// <summary>Logits are divided by it; 0 takes the largest (of equal ones the smallest id).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the so many most probable tokens are drawn from; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most probable tokens that together reach this probability are drawn from; 1 for all.</summary>
    public double TopP { get; init; } = 1;

    public ulong Seed { get; init; }

    /// <exception cref="InputException">A value is out of its range.</exception>
    public void Validate()
    {
        if (!(Temperature >= 0 && Temperature <= 1000))
            throw new InputException($"A temperature lies in 0 to 1000; it is {Temperature}.");
        if (TopK < 0)
            throw new InputException($"Top-k is 0 (all) or more; it is {TopK}.");
        if (!(TopP > 0 && TopP <= 1))
            throw new InputException($"Top-p lies above 0 and at most at 1; it is {TopP}.");
    }
}

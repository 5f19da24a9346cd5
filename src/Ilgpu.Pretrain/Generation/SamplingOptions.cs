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
        InputException.ThrowUnless(Temperature is >= 0 and <= 1000, "--temperature", Temperature, "a number from 0 to 1000");
        InputException.ThrowUnless(TopK >= 0, "--top-k", TopK, "a whole number from 0 (0: all)");
        InputException.ThrowUnless(TopP is > 0 and <= 1, "--top-p", TopP, "a number above 0 and at most 1");
    }
}

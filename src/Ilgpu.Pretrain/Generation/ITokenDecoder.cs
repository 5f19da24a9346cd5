namespace Ilgpu.Pretrain.Generation;

/// <summary>Next-token logits of sequences that advance together, a token of each at a time.</summary>
public interface ITokenDecoder : IDisposable
{
    /// <summary>Sequences.</summary>
    int Batch { get; }

    /// <summary>Tokens that a sequence can have before <see cref="Reset"/>.</summary>
    int Capacity { get; }

    /// <summary>Tokens that each sequence has so far.</summary>
    int Position { get; }

    int Vocabulary { get; }

    /// <summary>Forgets all tokens.</summary>
    void Reset();

    /// <summary>Forgets all tokens but the first ones.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    void Rewind(int position);

    /// <summary>Appends one token to each sequence and computes the logits of the next.</summary>
    /// <param name="ids">One a sequence.</param>
    /// <param name="logits">batch x vocabulary; overwritten. Empty: not wanted, as inside a prompt.</param>
    /// <exception cref="ArgumentException">A count does not fit, or an id lies outside the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The cache is full.</exception>
    void Step(ReadOnlySpan<int> ids, Span<float> logits);
}

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What an answer is written by: the logits of the next token behind any sequence, of a model or of several together.</summary>
internal interface INextLogits
{
    /// <summary>Models that each token goes through.</summary>
    int Models { get; }

    /// <summary>Tokens that a sequence has at most.</summary>
    int Capacity { get; }

    int Vocabulary { get; }

    /// <param name="ids">The sequence: not empty, <see cref="Capacity"/> at most.</param>
    /// <returns>Of the vocabulary; until the next call.</returns>
    ReadOnlySpan<float> Behind(ReadOnlySpan<int> ids);
}

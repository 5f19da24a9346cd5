using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A text whose tokens are predicted, all but the first.</summary>
/// <param name="Name">For people.</param>
/// <param name="Ids">Its tokens, the one it stands behind included.</param>
/// <param name="Length">Of those, the first so many; two at least.</param>
/// <param name="TextBytes">UTF-8 bytes that the predicted tokens stand for.</param>
public sealed record EvaluatedText(string Name, TokenSpan Ids, long Length, long TextBytes)
{
    /// <summary>Tokens that are predicted.</summary>
    public long Targets => Length - 1;

    /// <summary>The validation part of a dataset, as a run measures its loss: one text, whose first token is not predicted.</summary>
    /// <param name="dataset">Of the models' tokenizer.</param>
    /// <param name="tokens">Only the first ones; null or more than there are: all.</param>
    /// <exception cref="InputException">There is nothing to predict.</exception>
    public static EvaluatedText OfValidation(TokenDataset dataset, long? tokens)
    {
        long length = Math.Min(tokens ?? dataset.Validation.Length, dataset.Validation.Length);
        return length >= 2
            ? new EvaluatedText(dataset.Folder, dataset.Validation, length, dataset.ValidationTextBytes(length - 1))
            : throw new InputException($"--val-tokens was given {length}; it takes a whole number from 2, and the validation part has {dataset.Validation.Length}.");
    }
}

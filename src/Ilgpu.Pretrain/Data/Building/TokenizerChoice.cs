using System.Globalization;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>What a dataset's tokenizer is: one that is there, or one that is made of the text.</summary>
internal abstract record TokenizerChoice
{
    private const string BytePairPrefix = "bpe:";
    private const string CharactersName = "characters";

    /// <summary>What is made of the text, so that the same text gives the same again; null for one that is there.</summary>
    public abstract string? FittedAs { get; }

    /// <summary>The token behind each document unless another is named; null where there is none.</summary>
    public virtual string? EndOfText => Tokenization.Tokenizer.EndOfTextName;

    /// <exception cref="InputException">There is no such tokenizer, or its file cannot be used.</exception>
    public static TokenizerChoice Of(DatasetOptions options)
    {
        string name = options.Tokenizer;
        if (name == CharactersName)
            return new FittedCharacters();
        if (!name.StartsWith(BytePairPrefix, StringComparison.Ordinal))
            return new Ready(Tokenizer.Load(name, options.Pieces));
        int least = BytePairModel.ByteValues + (options.Separator == DatasetOptions.NoSeparator ? 0 : 1);
        return int.TryParse(name.AsSpan(BytePairPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int vocabulary)
            && vocabulary >= least && vocabulary <= BytePairModel.LargestVocabulary
            ? new FittedBytePairs(vocabulary, options.Pieces ?? PreTokenization.Gpt2)
            : throw new InputException($"--tokenizer was given '{name}'; {BytePairPrefix} takes a vocabulary's size from {least} to {BytePairModel.LargestVocabulary}, as in {BytePairPrefix}4096.");
    }

    public sealed record Ready(Tokenizer Tokenizer) : TokenizerChoice
    {
        public override string? FittedAs => null;

        public override string? EndOfText => Tokenizer.EndOfText is { } id ? Tokenizer.Show(id) : null;
    }

    public sealed record FittedCharacters : TokenizerChoice
    {
        public override string? FittedAs => CharactersName;
    }

    public sealed record FittedBytePairs(int Vocabulary, PreTokenization Pieces) : TokenizerChoice
    {
        public override string? FittedAs => string.Create(CultureInfo.InvariantCulture, $"{BytePairPrefix}{Vocabulary} {Pieces}");
    }
}

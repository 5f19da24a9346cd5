namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A byte-level BPE vocabulary with its rules.</summary>
internal sealed record BytePairModel
{
    public const int ByteValues = 256;

    /// <summary>Ids that a model may have at the most.</summary>
    public const int LargestVocabulary = 1 << 22;

    /// <summary>Bytes that a token has at most in files that do not list merges: every way of parting it is looked up.</summary>
    public const int LongestToken = 1024;

    /// <summary>The bytes of each id, null where no token of text has it; all 256 single bytes are there.</summary>
    public required IReadOnlyList<byte[]?> Tokens { get; init; }

    /// <summary>By rising rank; no pair twice.</summary>
    public required IReadOnlyList<BytePairMerge> Merges { get; init; }

    public required IReadOnlyList<AddedToken> Added { get; init; }

    public required PreTokenization Pieces { get; init; }

    /// <summary>A piece that is a token is taken whole, even where the merges would not lead to it.</summary>
    public bool WholePiecesFirst { get; init; }

    /// <summary>A text that does not begin with a space is given one.</summary>
    public bool PrefixSpace { get; init; }

    public int VocabularySize => Math.Max(Tokens.Count, Added.Count == 0 ? 0 : Added.Max(token => token.Id) + 1);
}

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>The regular expressions that files name pre-tokenisations by.</summary>
internal static class PiecePatterns
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Each character for itself, line ends too.</summary>
    public const string EveryCharacter = @"[\s\S]";

    /// <summary>With the other ways in which tiktoken writes the same.</summary>
    private static readonly Dictionary<string, PreTokenization> Known = new(StringComparer.Ordinal)
    {
        [Gpt2] = PreTokenization.Gpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = PreTokenization.Gpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"] = PreTokenization.Gpt2,
        [Llama3] = PreTokenization.Llama3,
    };

    /// <summary>The pre-tokenisation of a pattern, or null.</summary>
    public static PreTokenization? Find(string pattern) => Known.TryGetValue(pattern, out PreTokenization pieces) ? pieces : null;

    public static string Of(PreTokenization pieces) => pieces == PreTokenization.Gpt2 ? Gpt2 : Llama3;
}

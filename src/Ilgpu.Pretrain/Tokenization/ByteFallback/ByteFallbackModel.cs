using System.Globalization;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>The vocabulary of Llama 1 and 2 with its rules: BPE of characters, and of the bytes of those that it lacks.</summary>
internal sealed record ByteFallbackModel
{
    /// <summary>How such vocabularies write a space.</summary>
    public const string SpaceMark = "\u2581";

    /// <summary>
    /// Each id's token as files write it, null where it is none of text; <see cref="SpaceMark"/> and all 256
    /// <see cref="NameOfByte"/> are there.
    /// </summary>
    public required IReadOnlyList<string?> Tokens { get; init; }

    /// <summary>By rising rank, one each; no pair twice, and none of bytes.</summary>
    public required IReadOnlyList<BytePairMerge> Merges { get; init; }

    public required IReadOnlyList<AddedToken> Added { get; init; }

    public required SpacePrefix Prefix { get; init; }

    /// <summary>No token goes on with a space: a text is parted before each.</summary>
    public bool PartsBeforeSpaces { get; init; }

    /// <summary>The text that ids stand for loses a space at its beginning.</summary>
    public bool StripsSpace { get; init; }

    /// <summary>The token of what is unknown, for files: with all bytes there, nothing is.</summary>
    public string? Unknown { get; init; }

    public int VocabularySize => Math.Max(Tokens.Count, Added.Count == 0 ? 0 : Added.Max(token => token.Id) + 1);

    /// <summary>How the token of a byte is written.</summary>
    public static string NameOfByte(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <summary>The byte that a token is taken for when ids become text, or null: there the case of the digits does not matter.</summary>
    public static byte? ByteOf(string name) =>
        name is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low)
            ? byte.Parse(name.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : null;
}

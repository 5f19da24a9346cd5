using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Data;

/// <summary>What dataset.json says.</summary>
public sealed partial record DatasetManifest
{
    /// <summary>The version of the folder's layout and of the rules that make text of sources.</summary>
    public required int Format { get; init; }

    /// <summary>The content's hash: <see cref="TokenDataset.Hash"/>.</summary>
    public required string Hash { get; init; }

    /// <summary>The source as it was given.</summary>
    public required string Source { get; init; }

    /// <summary>Every file that was read, in the order of reading.</summary>
    public required IReadOnlyList<SourceFile> SourceFiles { get; init; }

    /// <summary>The source of the validation text as it was given; null where it is a share of <see cref="Source"/>.</summary>
    public required string? ValidationSource { get; init; }

    /// <summary>Its files, or null.</summary>
    public required IReadOnlyList<SourceFile>? ValidationSourceFiles { get; init; }

    /// <summary>The field of JSON rows that was read.</summary>
    public required string TextField { get; init; }

    /// <summary>The most bytes of a document, by which longer texts were cut; null where none was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? DocumentBytes { get; init; }

    public required DatasetTokenizer Tokenizer { get; init; }

    /// <summary>The token behind each document, or null.</summary>
    public required DatasetSeparator? Separator { get; init; }

    public required DatasetSplit Split { get; init; }

    public required DatasetPart Train { get; init; }

    public required DatasetPart Validation { get; init; }

    /// <summary>The training tokens that were asked for; null for all.</summary>
    public required long? TokensAsked { get; init; }

    /// <summary>Documents without text, which were left out.</summary>
    public required long EmptyDocuments { get; init; }

    /// <summary>Whether documents of the same text were kept once.</summary>
    public required bool Deduplicated { get; init; }

    /// <summary>Documents that were left out because another one has the same text.</summary>
    public required long DuplicateDocuments { get; init; }

    /// <summary>Bytes an id takes in tokens.bin: 2 or 4, little-endian.</summary>
    public required int BytesPerId { get; init; }

    public required string TokensSha256 { get; init; }

    public required string DocumentsSha256 { get; init; }
}

/// <summary>A file that was read.</summary>
/// <param name="Name">Its path below the source, with forward slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash in hexadecimal.</param>
public sealed record SourceFile(string Name, long Bytes, string Sha256);

/// <summary>The tokenizer that made the ids.</summary>
/// <param name="Name">Its name, or its file's in the dataset's folder.</param>
/// <param name="Description">What it is, in words.</param>
/// <param name="FittedAs">What was made of the dataset's own text; null for one that was there before.</param>
/// <param name="VocabularySize">Ids lie below.</param>
/// <param name="Fingerprint">The hash of everything that decides the ids.</param>
public sealed record DatasetTokenizer(string Name, string Description, string? FittedAs, int VocabularySize, string Fingerprint);

/// <summary>A token that stands behind every document.</summary>
public sealed record DatasetSeparator(string Token, int Id);

/// <summary>How the text was parted.</summary>
/// <param name="Seed">Of the order of documents.</param>
/// <param name="ValidationShare">The share of bytes that was asked for; null where the split was given.</param>
/// <param name="Unit">What was held out as a whole.</param>
public sealed record DatasetSplit(ulong Seed, double? ValidationShare, SplitUnit Unit);

/// <summary>What a split holds out as a whole.</summary>
public enum SplitUnit
{
    /// <summary>Documents.</summary>
    [JsonStringEnumMemberName("document")]
    Document,

    /// <summary>Types of a library, with all their documents, since overloads repeat each other.</summary>
    [JsonStringEnumMemberName("type")]
    Type,

    /// <summary>Files of text and rows, with all the documents that they were cut into.</summary>
    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>Lines, the last ones: there is one document only.</summary>
    [JsonStringEnumMemberName("line")]
    Line,

    /// <summary>What was given for validation.</summary>
    [JsonStringEnumMemberName("given")]
    Given,
}

/// <summary>One part of a dataset.</summary>
/// <param name="Documents">Documents; the last one may be cut.</param>
/// <param name="Tokens">Ids, with the separator behind each document.</param>
/// <param name="TextBytes">UTF-8 bytes of text that those ids stand for.</param>
public sealed record DatasetPart(long Documents, long Tokens, long TextBytes)
{
    /// <summary>Mean bytes of text a token: nats a token over this and ln 2 are bits a byte.</summary>
    public double BytesPerToken => Tokens == 0 ? 0 : (double)TextBytes / Tokens;
}

using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>What a dataset is made of.</summary>
public sealed record DatasetOptions
{
    /// <summary>The share of the text that is held out when nothing else is asked for.</summary>
    public const double DefaultValidationShare = .05;

    /// <summary>The field of a JSON row that is taken when no other is named.</summary>
    public const string DefaultTextField = "text";

    /// <summary>What <see cref="Separator"/> takes for no token between documents.</summary>
    public const string NoSeparator = "none";

    /// <summary>What <see cref="DocumentBytes"/> takes: from the longest character to what is cut in memory.</summary>
    public const string DocumentBytesTake = "a number of bytes from 4 to 16MiB, as in 16KB";

    private const int LeastDocumentBytes = 4;
    private const int MostDocumentBytes = 1 << 24;

    /// <summary>Whether a <see cref="Source"/> is what every SDK carries, or a part of it.</summary>
    public static bool IsDotnetDocs(string source) => Sources.DotnetDocs.Is(source);

    /// <summary><c>dotnet-docs</c> or <c>dotnet-docs:PACK</c>, a file of text or of JSON rows, or a folder of them.</summary>
    public required string Source { get; init; }

    /// <summary>Files like <see cref="Source"/>'s, all of which are for validation; null to hold out a share of the source.</summary>
    public string? Validation { get; init; }

    /// <summary>The field of a JSON row that has the text.</summary>
    public string TextField { get; init; } = DefaultTextField;

    /// <summary>The most bytes of a document: files of text and rows that have more are cut into passages, each a document. Null to take them whole.</summary>
    public int? DocumentBytes { get; init; }

    /// <summary>Whether a file or row that was cut is held out whole or not at all, so that no validation text stands beside training text.</summary>
    public bool WholeFiles { get; init; }

    /// <summary>
    /// <c>characters</c> for those of the text, <c>bpe:N</c> for N byte-pair tokens learned from the training documents,
    /// else what <see cref="Tokenization.Tokenizer.Load"/> takes.
    /// </summary>
    public string Tokenizer { get; init; } = "bytes";

    /// <summary>How text is parted for <c>bpe:N</c> and for .tiktoken files; null for their default.</summary>
    public PreTokenization? Pieces { get; init; }

    /// <summary>The special token behind each document, or <see cref="NoSeparator"/>; null for the tokenizer's own.</summary>
    public string? Separator { get; init; }

    /// <summary>The share of the text's bytes that is held out for validation, as whole documents.</summary>
    public double ValidationShare { get; init; } = DefaultValidationShare;

    /// <summary>Decides which documents are held out, and the order of the others.</summary>
    public ulong SplitSeed { get; init; }

    /// <summary>Training tokens that are kept: the first ones in that order, the last document cut; null for all.</summary>
    public long? Tokens { get; init; }

    /// <summary>Whether documents of the same text are kept once.</summary>
    public bool Deduplicate { get; init; }

    /// <summary>Threads that read and encode; the dataset does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary><see cref="DocumentBytes"/> as people write it, 16KB or 4000.</summary>
    /// <returns>Null where it is not what that takes.</returns>
    public static int? ParseDocumentBytes(string text) =>
        ByteCount.Find(text) is { } bytes and >= LeastDocumentBytes and <= MostDocumentBytes ? (int)bytes : null;

    /// <exception cref="InputException">A value is out of its range.</exception>
    internal void Validate()
    {
        InputException.ThrowUnless(ValidationShare is > 0 and < 1, "--validation-share", ValidationShare, "a number between 0 and 1, both excluded");
        InputException.ThrowUnless(Tokens is null or >= 2, "--tokens", Tokens, "a whole number from 2");
        InputException.ThrowUnless(Threads >= 1, "--threads", Threads, "a whole number from 1");
        InputException.ThrowUnless(Separator is not "", "--separator", "nothing", $"the name of a special token, or {NoSeparator}");
        RequireField(TextField);
        ValidatePassages();
    }

    private void ValidatePassages()
    {
        InputException.ThrowUnless(DocumentBytes is null or (>= LeastDocumentBytes and <= MostDocumentBytes), "--document-bytes", DocumentBytes, DocumentBytesTake);
        if (DocumentBytes is not null && new[] { Source, Validation }.FirstOrDefault(source => source is not null && IsDotnetDocs(source)) is { } docs)
            throw new InputException($"--document-bytes was given {DocumentBytes}; it cuts files, and {docs} has documents of its own: leave it out.");
        if (WholeFiles && DocumentBytes is null)
            throw new InputException("--whole-files goes with --document-bytes: a file that is not cut is in one part anyway.");
        if (WholeFiles && Validation is not null)
            throw new InputException("--whole-files and --validation both say what is held out: give one of them.");
    }

    /// <exception cref="InputException">It names nothing.</exception>
    internal static void RequireField(string textField) =>
        InputException.ThrowUnless(textField.Length > 0, "--field", "nothing", "the name of a field");
}

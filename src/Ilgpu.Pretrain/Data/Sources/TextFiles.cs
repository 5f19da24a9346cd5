using System.IO.Enumeration;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Files of text: a text file is a document, as it is but for a byte order mark; of rows each is one. Both may be cut into passages.</summary>
internal sealed class TextFiles : TextSource
{
    private readonly (string Path, FileFormat Format)[] files;
    private readonly string textField;
    private readonly Passages? passages;
    private readonly ReadLimits limits;

    private TextFiles(
        IReadOnlyList<(string Name, string Path)> files,
        string textField,
        Passages? passages,
        ReadLimits? limits,
        int threads,
        CancellationToken cancellation)
        : base(files, threads, cancellation)
    {
        this.files = [.. files.Select(file => (file.Path, FileFormat.Of(file.Path)!.Value))];
        this.textField = textField;
        this.passages = passages;
        this.limits = limits ?? ReadLimits.Default;
    }

    public override SplitUnit Unit => passages?.Unit ?? SplitUnit.Document;

    /// <exception cref="InputException">It has another extension, or cannot be read.</exception>
    public static TextFiles OfFile(string path, string textField, CancellationToken cancellation, ReadLimits? limits = null, Passages? passages = null) =>
        FileFormat.Of(path) is null
            ? throw new InputException($"source: '{path}' has the extension '{FileFormat.ExtensionOf(path)}', it takes {FileFormat.Extensions}")
            : new TextFiles([(Path.GetFileName(path), path)], textField, passages, limits, 1, cancellation);

    /// <summary>The folder's files of text and those of its folders, in ordinal order of their relative paths; hidden ones are left out.</summary>
    /// <exception cref="InputException">There is none, or one cannot be read.</exception>
    public static TextFiles OfFolder(string folder, string textField, int threads, CancellationToken cancellation, ReadLimits? limits = null, Passages? passages = null)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = false,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        };
        string root = Path.GetFullPath(folder);
        var found = new FileSystemEnumerable<string>(root, (ref FileSystemEntry entry) => entry.ToFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && FileFormat.Of(entry.FileName) is not null,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        (string Name, string Path)[] files;
        try
        {
            files = [.. found
                .Select(path => (Name: Path.GetRelativePath(root, path).Replace('\\', '/'), Path: path))
                .OrderBy(file => file.Name, StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"source: '{folder}' cannot be read: {e.Message}", e);
        }

        if (files.Length == 0)
            throw new InputException($"source: the folder '{folder}' has no file of text ({FileFormat.Extensions}), nor have the folders in it");
        return new TextFiles(files, textField, passages, limits, threads, cancellation);
    }

    protected override IEnumerable<TextDocument> Read(CancellationToken cancellation)
    {
        foreach ((string path, FileFormat format) in files)
        {
            cancellation.ThrowIfCancellationRequested();
            using var bytes = new SourceBytes(path, format.IsGzip, CountRead);
            foreach (TextDocument document in format.IsRows ? Rows(bytes, cancellation) : Text(bytes, cancellation))
                yield return document;
        }
    }

    protected override IEnumerable<TextDocument>? ReadCut(double validationShare, CancellationToken cancellation) =>
        passages is null && files is [(string path, FileFormat { IsRows: false, IsGzip: false })] ? ReadCut(path, validationShare, cancellation) : null;

    private IEnumerable<TextDocument> Rows(SourceBytes bytes, CancellationToken cancellation)
    {
        IEnumerable<TextDocument> rows = JsonLines.Read(bytes, textField, limits, cancellation);
        return passages is null ? rows : rows.SelectMany(passages.Of);
    }

    private IEnumerable<TextDocument> Text(SourceBytes bytes, CancellationToken cancellation) =>
        passages?.Read(bytes, cancellation) ?? TextSegments.Read(bytes, long.MaxValue, bytes.Path, limits, cancellation);

    private IEnumerable<TextDocument> ReadCut(string path, double validationShare, CancellationToken cancellation)
    {
        using var bytes = new SourceBytes(path, isGzip: false, CountRead);
        long start = bytes.Position;
        long length = bytes.Expected;
        long at = DocumentCut.FirstOfLine(length, validationShare, (offset, block) => bytes.ReadAt(start + offset, block.Span), limits.BlockBytes);
        if (at == length)
        {
            // A character at most: the error is for one that is text, what is blank has its own.
            TextDocument whole = TextSegments.Read(bytes, length, path, limits, cancellation).Single();
            yield return whole.IsEmpty ? whole : DocumentCut.AtLine(whole, validationShare).Train;
            yield break;
        }

        (string train, string validation) = DocumentCut.Names(path, at);
        foreach (TextDocument segment in TextSegments.Read(bytes, at, train, limits, cancellation))
            yield return segment;
        foreach (TextDocument segment in TextSegments.Read(bytes, long.MaxValue, validation, limits, cancellation))
            yield return segment;
    }
}

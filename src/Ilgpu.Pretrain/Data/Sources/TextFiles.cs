using System.IO.Enumeration;
using System.Text;
using System.Text.Unicode;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Plain text: a file is a document, as it is but for a byte order mark.</summary>
internal sealed class TextFiles : TextSource
{
    /// <summary>What is taken, in words.</summary>
    public const string Extensions = ".txt or .md";

    private readonly string[] paths;

    private TextFiles(IReadOnlyList<(string Name, string Path)> files, int threads, CancellationToken cancellation)
    {
        paths = [.. files.Select(file => file.Path)];
        Files = Hash(files, threads, cancellation);
    }

    public override IReadOnlyList<SourceFile> Files { get; }

    public override SplitUnit Unit => SplitUnit.Document;

    public static TextFiles OfFile(string path, CancellationToken cancellation) => IsText(path)
        ? new TextFiles([(Path.GetFileName(path), path)], 1, cancellation)
        : throw new InputException($"source: '{path}' has the extension '{Path.GetExtension(path)}', it takes {Extensions}");

    /// <summary>The folder's text files and those of its folders, in ordinal order of their relative paths; hidden ones are left out.</summary>
    public static TextFiles OfFolder(string folder, int threads, CancellationToken cancellation)
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
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsText(entry.FileName),
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
            throw new InputException($"source: the folder '{folder}' has no {Extensions} file, nor have the folders in it");
        return new TextFiles(files, threads, cancellation);
    }

    public override IEnumerable<TextDocument> Documents(CancellationToken cancellation)
    {
        foreach (string path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new TextDocument(path, Read(path));
        }
    }

    private static ReadOnlyMemory<byte> Read(string path)
    {
        using FileStream stream = Open(path);
        if (stream.Length > TextDocument.MaximumBytes)
            throw new InputException($"{path} has {stream.Length} bytes, a document takes at most {TextDocument.MaximumBytes}: split it");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        if (!Utf8.IsValid(bytes))
            throw new InputException($"{path} is not UTF-8: the byte at position {FirstInvalid(bytes)} (counted from 0) begins no valid character");
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        return bytes.AsMemory(bytes.AsSpan().StartsWith(mark) ? mark.Length : 0);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (Rune.DecodeFromUtf8(bytes[position..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
            position += consumed;
        return position;
    }

    private static bool IsText(ReadOnlySpan<char> path)
    {
        ReadOnlySpan<char> extension = Path.GetExtension(path);
        return extension.Equals(".txt", StringComparison.OrdinalIgnoreCase) || extension.Equals(".md", StringComparison.OrdinalIgnoreCase);
    }
}

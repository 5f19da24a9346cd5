namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>What a file's name says is in it.</summary>
/// <param name="IsRows">Whether it has a document a line, as a JSON object; otherwise the file is a document.</param>
/// <param name="IsGzip">Whether it is compressed.</param>
internal readonly record struct FileFormat(bool IsRows, bool IsGzip)
{
    /// <summary>What is taken, in words.</summary>
    public const string Extensions = ".txt, .md or .jsonl, each also with .gz after it";

    private const string Gzip = ".gz";

    /// <summary>Null where the extension is another.</summary>
    public static FileFormat? Of(ReadOnlySpan<char> path)
    {
        bool isGzip = path.EndsWith(Gzip, StringComparison.OrdinalIgnoreCase);
        ReadOnlySpan<char> extension = Path.GetExtension(isGzip ? path[..^Gzip.Length] : path);
        return extension.Equals(".jsonl", StringComparison.OrdinalIgnoreCase) ? new FileFormat(IsRows: true, isGzip)
            : extension.Equals(".txt", StringComparison.OrdinalIgnoreCase) || extension.Equals(".md", StringComparison.OrdinalIgnoreCase)
                ? new FileFormat(IsRows: false, isGzip)
                : null;
    }

    /// <summary>The extension, the one before .gz included.</summary>
    public static string ExtensionOf(string path)
    {
        string last = Path.GetExtension(path);
        return last.Equals(Gzip, StringComparison.OrdinalIgnoreCase) ? Path.GetExtension(path[..^last.Length]) + last : last;
    }
}

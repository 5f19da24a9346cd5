using System.Security.Cryptography;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Where documents come from. The same files give the same documents in the same order on any number of threads.</summary>
internal abstract class TextSource
{
    /// <summary>The files that will be read, in order, with their hashes.</summary>
    public abstract IReadOnlyList<SourceFile> Files { get; }

    /// <summary>What the split of it holds out as a whole.</summary>
    public abstract SplitUnit Unit { get; }

    /// <exception cref="InputException">There is nothing to read.</exception>
    public static TextSource Open(string source, int threads, CancellationToken cancellation)
    {
        if (source == DotnetDocs.SourceName)
            return DotnetDocs.Locate(threads, cancellation);
        if (Directory.Exists(source))
            return TextFiles.OfFolder(source, threads, cancellation);
        if (File.Exists(source))
            return TextFiles.OfFile(source, cancellation);
        throw new InputException(
            $"source: '{source}' is not there; it takes {DotnetDocs.SourceName}, a file ({TextFiles.Extensions}) or a folder of such files");
    }

    public abstract IEnumerable<TextDocument> Documents(CancellationToken cancellation);

    /// <param name="files">Each one's name for the manifest and its path.</param>
    /// <param name="threads">Files that are read at a time.</param>
    /// <param name="cancellation">Stops it.</param>
    protected static SourceFile[] Hash(IReadOnlyList<(string Name, string Path)> files, int threads, CancellationToken cancellation)
    {
        var hashed = new SourceFile[files.Count];
        Workers.For(
            files.Count,
            threads,
            i =>
            {
                using FileStream stream = Open(files[i].Path);
                hashed[i] = new SourceFile(files[i].Name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
            },
            cancellation);
        return hashed;
    }

    protected static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
    }
}

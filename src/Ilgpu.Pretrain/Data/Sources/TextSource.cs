namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// Where documents come from. The same files give the same documents in the same order on any number of threads. Memory
/// is bounded by the largest segment or row, whatever the size of a file.
/// </summary>
internal abstract class TextSource
{
    private readonly string[] paths;
    private readonly (long Bytes, DateTime Written)[] found;
    private long bytesRead;

    /// <summary>Hashes the files.</summary>
    /// <param name="files">Each one's name for the manifest and its path.</param>
    /// <param name="threads">Files that are read at a time.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">One cannot be read.</exception>
    protected TextSource(IReadOnlyList<(string Name, string Path)> files, int threads, CancellationToken cancellation)
    {
        paths = [.. files.Select(file => file.Path)];
        found = new (long, DateTime)[paths.Length];
        var hashed = new SourceFile[paths.Length];
        Workers.For(
            paths.Length,
            threads,
            i =>
            {
                using CountedFile file = OpenUncounted(paths[i]);
                found[i] = Stamp(file);
                hashed[i] = new SourceFile(files[i].Name, found[i].Bytes, ContentDigest.Of(file));
            },
            cancellation);
        Files = hashed;
        TotalBytes = hashed.Sum(file => file.Bytes);
    }

    /// <summary>The files that will be read, in order, with their hashes.</summary>
    public IReadOnlyList<SourceFile> Files { get; }

    /// <summary>Of all files, as they lie on the disk.</summary>
    public long TotalBytes { get; }

    /// <summary>Of <see cref="TotalBytes"/>, those read so far by the last enumeration; for any thread.</summary>
    public long BytesRead => Interlocked.Read(ref bytesRead);

    /// <summary>What the split of it holds out as a whole.</summary>
    public abstract SplitUnit Unit { get; }

    /// <param name="source"><see cref="DotnetDocs.SourceName"/> or a pack of it, a file or a folder.</param>
    /// <param name="textField">The field of JSON rows that has the text.</param>
    /// <param name="threads">Files that are hashed at a time.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="passages">What files are cut into; null to take texts as they are.</param>
    /// <exception cref="InputException">There is nothing to read.</exception>
    public static TextSource Open(string source, string textField, int threads, CancellationToken cancellation, Passages? passages = null)
    {
        if (DotnetDocs.Is(source))
            return DotnetDocs.Locate(source, threads, cancellation);
        if (Directory.Exists(source))
            return TextFiles.OfFolder(source, textField, threads, cancellation, passages: passages);
        if (File.Exists(source))
            return TextFiles.OfFile(source, textField, cancellation, passages: passages);
        throw new InputException(
            $"source: '{source}' is not there; it takes {DotnetDocs.SourceName}, a file ({FileFormat.Extensions}) or a folder of such files");
    }

    /// <summary>Reads them, one enumeration at a time.</summary>
    public IEnumerable<TextDocument> Documents(CancellationToken cancellation)
    {
        Interlocked.Exchange(ref bytesRead, 0);
        return Read(cancellation);
    }

    /// <summary>
    /// A single text file's text as two documents, the first for training and the second for validation, by the rule of
    /// <see cref="DocumentCut"/>; one that is blank and no longer than a character as one. Null if the source is another.
    /// </summary>
    public IEnumerable<TextDocument>? CutAtLine(double validationShare, CancellationToken cancellation)
    {
        Interlocked.Exchange(ref bytesRead, 0);
        return ReadCut(validationShare, cancellation);
    }

    /// <summary>For after reading: what was read may not be what was hashed.</summary>
    /// <exception cref="InputException">A file has another length or time than when it was hashed, or is gone.</exception>
    public void RequireUnchanged()
    {
        foreach ((int i, string path) in paths.Index())
        {
            if (!IsUnchanged(path, found[i]))
                throw new InputException($"{path} changed while it was being read: build the dataset again");
        }
    }

    protected abstract IEnumerable<TextDocument> Read(CancellationToken cancellation);

    protected virtual IEnumerable<TextDocument>? ReadCut(double validationShare, CancellationToken cancellation) => null;

    protected void CountRead(int bytes) => Interlocked.Add(ref bytesRead, bytes);

    private static bool IsUnchanged(string path, (long Bytes, DateTime Written) found)
    {
        try
        {
            using CountedFile file = OpenUncounted(path);
            return Stamp(file) == found;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static (long Bytes, DateTime Written) Stamp(CountedFile file) => (file.Length, file.LastWriteTimeUtc);

    private static CountedFile OpenUncounted(string path) => new(path, _ => { });
}

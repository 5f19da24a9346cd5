using System.IO.Compression;
using System.Text;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>The bytes of a file's text: decompressed where it is gzip, without a byte order mark.</summary>
internal sealed class SourceBytes : IDisposable
{
    /// <summary>Bytes of text that a byte of gzip is taken for, before it is known.</summary>
    private const int TypicalCompression = 4;

    private static readonly byte[] Sentinel = "the end"u8.ToArray();

    private readonly CountedFile file;
    private readonly GZipStream? gzip;
    private ReadOnlyMemory<byte> beginning;
    private bool isWhole;

    /// <param name="path">Of the file.</param>
    /// <param name="isGzip">Whether it is compressed.</param>
    /// <param name="read">Told the number of the file's bytes of each read.</param>
    /// <exception cref="InputException">The file, or later its next part, cannot be read or is not what it should be.</exception>
    public SourceBytes(string path, bool isGzip, Action<int> read)
    {
        Path = path;
        file = new CountedFile(path, read);
        try
        {
            if (isGzip)
            {
                RequireGzip();
                gzip = new GZipStream(file, CompressionMode.Decompress);
            }

            var start = new byte[Encoding.UTF8.Preamble.Length];
            int count = Fill(start);
            bool isMark = start.AsSpan(0, count).SequenceEqual(Encoding.UTF8.Preamble);
            Position = isMark ? count : 0;
            beginning = isMark ? default : start.AsMemory(0, count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Where the next byte stands in the file, of gzip in what it holds, counted from 0; a byte order mark counts.</summary>
    public long Position { get; private set; }

    /// <summary>How many bytes there will be; of gzip a guess.</summary>
    public long Expected => gzip is null ? file.Length - Position : TypicalCompression * file.Length;

    /// <summary>Reads until the buffer is full or the text at its end.</summary>
    /// <returns>The number of bytes: less than the buffer takes only at the end.</returns>
    public int Fill(Span<byte> buffer)
    {
        int filled = Math.Min(beginning.Length, buffer.Length);
        beginning.Span[..filled].CopyTo(buffer);
        beginning = beginning[filled..];
        while (filled < buffer.Length && Read(buffer[filled..]) is > 0 and int count)
            filled += count;
        Position += filled;
        return filled;
    }

    /// <summary>Fills the buffer with the bytes at a position, wherever reading is. The file is not gzip.</summary>
    public void ReadAt(long position, Span<byte> buffer) => file.ReadAt(position, buffer);

    public void Dispose()
    {
        gzip?.Dispose();
        file.Dispose();
    }

    private int Read(Span<byte> buffer)
    {
        if (gzip is null)
            return file.Read(buffer);
        try
        {
            int count = gzip.Read(buffer);
            if (count > 0 || isWhole)
                return count;
            isWhole = IsWhole(gzip);
            return isWhole ? 0 : throw new InputException($"{Path} is damaged: its gzip data was cut short, or something else follows it");
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{Path} is damaged: its gzip data has an error in it", e);
        }
    }

    private void RequireGzip()
    {
        Span<byte> magic = stackalloc byte[2];
        if (file.Length < magic.Length)
            throw NotGzip();
        file.ReadAt(0, magic);
        if (!magic.SequenceEqual((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            throw NotGzip();
    }

    /// <summary>
    /// GZipStream ends quietly where a file was cut short or goes on with something else. A gzip member that is put behind
    /// the file tells: it comes out only if every member before it was whole.
    /// </summary>
    private bool IsWhole(GZipStream ended)
    {
        file.Append(SentinelMember());
        Span<byte> after = stackalloc byte[Sentinel.Length + 1];
        try
        {
            int count = ended.ReadAtLeast(after, after.Length, throwOnEndOfStream: false);
            return after[..count].SequenceEqual(Sentinel);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static byte[] SentinelMember()
    {
        using var member = new MemoryStream();
        using (var compressor = new GZipStream(member, CompressionLevel.Fastest))
            compressor.Write(Sentinel);
        return member.ToArray();
    }

    private InputException NotGzip() => new($"{Path} is not gzip: it does not begin with the bytes 1F 8B");
}

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>A file that is read from its start to its end and tells how far it is.</summary>
internal sealed class CountedFile : Stream
{
    private readonly string path;
    private readonly Action<int> read;
    private readonly FileStream file;
    private ReadOnlyMemory<byte> appended;

    /// <param name="path">Of the file.</param>
    /// <param name="read">Told the number of bytes of each read.</param>
    /// <exception cref="InputException">It cannot be read, now or later.</exception>
    public CountedFile(string path, Action<int> read)
    {
        this.path = path;
        this.read = read;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(e);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public DateTime LastWriteTimeUtc => File.GetLastWriteTimeUtc(file.SafeFileHandle);

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Lets reading go on behind the file's end; what is appended is not counted.</summary>
    public void Append(ReadOnlyMemory<byte> bytes) => appended = bytes;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (!appended.IsEmpty)
        {
            int count = Math.Min(buffer.Length, appended.Length);
            appended.Span[..count].CopyTo(buffer);
            appended = appended[count..];
            return count;
        }

        try
        {
            int count = file.Read(buffer);
            read(count);
            return count;
        }
        catch (IOException e)
        {
            throw Unreadable(e);
        }
    }

    /// <summary>Fills the buffer with the bytes at an offset, wherever reading is; they are not counted.</summary>
    public void ReadAt(long offset, Span<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int count = RandomAccess.Read(file.SafeFileHandle, buffer, offset);
                if (count == 0)
                    throw new EndOfStreamException($"it ends at byte {offset}");
                offset += count;
                buffer = buffer[count..];
            }
        }
        catch (IOException e)
        {
            throw Unreadable(e);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private InputException Unreadable(Exception e) => new($"{path} cannot be read: {e.Message}", e);
}

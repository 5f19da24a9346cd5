using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Data;

/// <summary>A file of ids, uint16 or uint32, little-endian, mapped into memory.</summary>
internal sealed unsafe class MappedTokens : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly int bytesPerId;
    private bool disposed;

    public MappedTokens(string path, int bytesPerId)
    {
        this.bytesPerId = bytesPerId;
        Length = new FileInfo(path).Length / bytesPerId;
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public long Length { get; }

    /// <summary>Bytes that an id of a vocabulary takes.</summary>
    public static int BytesPerId(int vocabularySize) => vocabularySize <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(uint);

    /// <summary>Ids as the file has them.</summary>
    /// <param name="ids">To be written.</param>
    /// <param name="bytes">ids.Length times <paramref name="bytesPerId"/> bytes; overwritten.</param>
    /// <param name="bytesPerId">2 or 4.</param>
    public static void Pack(ReadOnlySpan<int> ids, Span<byte> bytes, int bytesPerId)
    {
        if (bytesPerId == sizeof(ushort))
        {
            Span<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(bytes);
            for (int i = 0; i < ids.Length; i++)
                narrow[i] = LittleEndian((ushort)ids[i]);
        }
        else
        {
            Span<int> wide = MemoryMarshal.Cast<byte, int>(bytes);
            for (int i = 0; i < ids.Length; i++)
                wide[i] = LittleEndian(ids[i]);
        }
    }

    /// <summary>Ids from how the file has them.</summary>
    /// <param name="bytes">ids.Length times <paramref name="bytesPerId"/> bytes.</param>
    /// <param name="ids">Overwritten.</param>
    /// <param name="bytesPerId">2 or 4.</param>
    public static void Unpack(ReadOnlySpan<byte> bytes, Span<int> ids, int bytesPerId)
    {
        if (bytesPerId == sizeof(ushort))
        {
            ReadOnlySpan<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(bytes);
            for (int i = 0; i < ids.Length; i++)
                ids[i] = LittleEndian(narrow[i]);
        }
        else
        {
            ReadOnlySpan<int> wide = MemoryMarshal.Cast<byte, int>(bytes);
            for (int i = 0; i < ids.Length; i++)
                ids[i] = LittleEndian(wide[i]);
        }
    }

    public TokenSpan Part(long first, long length) => new MappedPart(this, first, length);

    /// <summary>The bytes of ids [first, first + count), as the file has them.</summary>
    public ReadOnlySpan<byte> Packed(long first, int count)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return new ReadOnlySpan<byte>(start + (first * bytesPerId), count * bytesPerId);
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private static ushort LittleEndian(ushort value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    private static int LittleEndian(int value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    private sealed class MappedPart(MappedTokens tokens, long first, long length) : TokenSpan
    {
        public override long Length => length;

        private protected override void Copy(long start, Span<int> ids) =>
            Unpack(tokens.Packed(first + start, ids.Length), ids, tokens.bytesPerId);
    }
}

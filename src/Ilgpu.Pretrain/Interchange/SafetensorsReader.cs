using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Reads a safetensors file: the header at once, validated; elements on request, straight into the caller's memory.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly long dataStart;
    private readonly Dictionary<string, SafetensorsEntry> byName;

    /// <exception cref="InputException">The file is not there or its header is not valid.</exception>
    public SafetensorsReader(string path)
    {
        this.path = path;
        try
        {
            file = File.OpenHandle(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }

        try
        {
            byte[] json = ReadJson();
            dataStart = SafetensorsHeader.LengthBytes + json.Length;
            (Entries, Metadata) = SafetensorsHeader.Read(json, RandomAccess.GetLength(file) - dataStart, path);
            byName = Entries.ToDictionary(entry => entry.Name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="InputException">There is none, or its type or shape differs from what is asked for.</exception>
    public SafetensorsEntry Require(string name, IReadOnlyList<long> shape)
    {
        if (!byName.TryGetValue(name, out SafetensorsEntry? entry))
            throw new InputException($"'{path}' has no tensor '{name}'.");
        if (entry.ElementType != "F32")
            throw new InputException($"'{path}': tensor '{name}' is {entry.ElementType}; it has to be F32.");
        if (!entry.Shape.SequenceEqual(shape))
            throw new InputException($"'{path}': tensor '{name}' is {entry.ShapeText}; it has to be [{string.Join(", ", shape)}].");
        return entry;
    }

    /// <summary>Reads fp32 elements of a tensor.</summary>
    /// <param name="entry">One of <see cref="Entries"/>, of type F32.</param>
    /// <param name="first">The first element to read.</param>
    /// <param name="elements">Filled.</param>
    public void Read(SafetensorsEntry entry, long first, Span<float> elements)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + elements.Length, entry.Bytes / sizeof(float), nameof(elements));
        ReadFully(MemoryMarshal.AsBytes(elements), dataStart + entry.Offset + (first * sizeof(float)));
    }

    public void Dispose() => file.Dispose();

    private byte[] ReadJson()
    {
        Span<byte> lengthBytes = stackalloc byte[SafetensorsHeader.LengthBytes];
        long fileBytes = RandomAccess.GetLength(file);
        if (fileBytes < lengthBytes.Length)
            throw SafetensorsHeader.NotSafetensors(path, $"it has {fileBytes} bytes, and the header's length alone takes {lengthBytes.Length}");
        ReadFully(lengthBytes, 0);
        ulong jsonBytes = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (jsonBytes > SafetensorsHeader.MaximumJsonBytes || (long)jsonBytes > fileBytes - lengthBytes.Length)
            throw SafetensorsHeader.NotSafetensors(path, $"it announces a header of {jsonBytes} bytes and has {fileBytes} bytes");
        var json = new byte[jsonBytes];
        ReadFully(json, lengthBytes.Length);
        return json;
    }

    private void ReadFully(Span<byte> target, long position)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(file, target, position);
            if (read == 0)
                throw SafetensorsHeader.NotSafetensors(path, $"it ends at byte {position}");
            target = target[read..];
            position += read;
        }
    }
}

using System.Buffers.Binary;
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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

    /// <summary>The entry of that name, or null.</summary>
    public SafetensorsEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The entry of that name.</summary>
    /// <exception cref="InputException">There is none, or its type or shape differs from what is asked for.</exception>
    public SafetensorsEntry Require(string name, IReadOnlyList<long> shape)
    {
        if (!byName.TryGetValue(name, out SafetensorsEntry? entry))
            throw new InputException($"'{path}' has no tensor '{name}'.");
        if (StoredTypes.Find(entry.ElementType) is null)
            throw new InputException($"'{path}': tensor '{name}' is {entry.ElementType}; it has to be {StoredTypes.Names}.");
        if (!entry.Shape.SequenceEqual(shape))
            throw new InputException($"'{path}': tensor '{name}' is {entry.ShapeText}; it has to be [{string.Join(", ", shape)}].");
        return entry;
    }

    /// <summary>Reads elements of a tensor; bf16 and fp16 become fp32, exactly.</summary>
    /// <param name="entry">One of <see cref="Entries"/> that <see cref="Require"/> gave.</param>
    /// <param name="first">The first element to read.</param>
    /// <param name="elements">Filled.</param>
    /// <exception cref="InputException">The file was cut short meanwhile.</exception>
    public void Read(SafetensorsEntry entry, long first, Span<float> elements)
    {
        StoredType type = StoredTypes.Find(entry.ElementType) ?? throw new ArgumentException($"{entry.ElementType} is not {StoredTypes.Names}.", nameof(entry));
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + elements.Length, entry.Bytes / type.Bytes(), nameof(elements));
        ReadFully(type.StoredPart(elements), dataStart + entry.Offset + (first * type.Bytes()));
        type.WidenInPlace(elements);
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

using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// Writes a safetensors file front to back: all names and shapes are given at the start, then the elements of one tensor
/// after the other, in pieces of any size.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly FileStream file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StoredType type;
    private byte[] narrowed = [];
    private long missingBytes;

    /// <param name="path">Created; it must not exist.</param>
    /// <param name="tensors">Names and shapes in the order in which the elements will come.</param>
    /// <param name="metadata">Free text pairs for the header.</param>
    /// <param name="type">What the elements are rounded to.</param>
    public SafetensorsWriter(
        string path,
        IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        StoredType type = StoredType.Fp32)
    {
        this.type = type;
        var entries = new List<SafetensorsEntry>();
        long offset = 0;
        foreach ((string name, IReadOnlyList<long> shape) in tensors)
        {
            var entry = new SafetensorsEntry(name, type.SafetensorsName(), shape, offset, 0);
            entry = entry with { Bytes = checked(entry.Elements * type.Bytes()) };
            entries.Add(entry);
            offset += entry.Bytes;
        }

        missingBytes = offset;
        byte[] header = SafetensorsHeader.Write(entries, metadata ?? new Dictionary<string, string>());
        file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        Append(header);
    }

    /// <summary>The next elements.</summary>
    public void Write(ReadOnlySpan<float> elements)
    {
        ReadOnlySpan<byte> bytes = Stored(elements);
        if (bytes.Length > missingBytes)
            throw new ArgumentException($"{bytes.Length} bytes more than fill the declared tensors: {missingBytes} are missing.", nameof(elements));
        missingBytes -= bytes.Length;
        Append(bytes);
    }

    /// <summary>Brings the file to the disk.</summary>
    /// <returns>The SHA-256 of the whole file, in lower-case hexadecimal.</returns>
    public string Finish()
    {
        if (missingBytes != 0)
            throw new InvalidOperationException($"{missingBytes} bytes of the declared tensors were not written.");
        file.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        file.Dispose();
        hash.Dispose();
    }

    private ReadOnlySpan<byte> Stored(ReadOnlySpan<float> elements)
    {
        if (type == StoredType.Fp32)
            return MemoryMarshal.AsBytes(elements);
        int bytes = elements.Length * type.Bytes();
        if (narrowed.Length < bytes)
            narrowed = new byte[bytes];
        type.Narrow(elements, narrowed.AsSpan(0, bytes));
        return narrowed.AsSpan(0, bytes);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        hash.AppendData(bytes);
    }
}

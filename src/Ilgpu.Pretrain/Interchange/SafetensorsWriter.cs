using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// Writes a safetensors file of fp32 tensors front to back: all names and shapes are given at the start, then the
/// elements of one tensor after the other, in pieces of any size.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly FileStream file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long missingBytes;

    /// <param name="path">Created; it must not exist.</param>
    /// <param name="tensors">Names and shapes in the order in which the elements will come.</param>
    /// <param name="metadata">Free text pairs for the header.</param>
    public SafetensorsWriter(
        string path,
        IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var entries = new List<SafetensorsEntry>();
        long offset = 0;
        foreach ((string name, IReadOnlyList<long> shape) in tensors)
        {
            var entry = new SafetensorsEntry(name, "F32", shape, offset, 0);
            entry = entry with { Bytes = entry.Elements * sizeof(float) };
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
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(elements);
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

    private void Append(ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        hash.AppendData(bytes);
    }
}

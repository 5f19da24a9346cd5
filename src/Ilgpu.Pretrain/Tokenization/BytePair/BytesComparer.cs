namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Byte strings by content, as keys that are looked up without an array.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    private const ulong Scatter = 0x9E3779B97F4A7C15;

    public static BytesComparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        ulong hash = (ulong)alternate.Length * Scatter;
        while (alternate.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ BitConverter.ToUInt64(alternate));
            alternate = alternate[sizeof(ulong)..];
        }

        ulong rest = 0;
        foreach (byte value in alternate)
            rest = (rest << 8) | value;
        return (int)Mix(hash ^ rest);
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    private static ulong Mix(ulong hash)
    {
        hash *= Scatter;
        return hash ^ (hash >> 32);
    }
}

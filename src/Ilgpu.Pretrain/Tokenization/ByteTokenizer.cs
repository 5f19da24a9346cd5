using System.Buffers;
using System.Security.Cryptography;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A token is a byte: ids 0 to 255; <see cref="EndOfText"/> is 256.</summary>
public sealed class ByteTokenizer : Tokenizer
{
    internal const string TokenizerName = "bytes";

    private const int ByteValues = 256;

    private ByteTokenizer()
    {
    }

    public static ByteTokenizer Instance { get; } = new();

    public override string Name => TokenizerName;

    public override int VocabularySize => ByteValues + 1;

    public override int EndOfText => ByteValues;

    public override string Fingerprint { get; } = Convert.ToHexStringLower(SHA256.HashData("bytes, end of text 256"u8));

    public override void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        Span<int> target = ids.GetSpan(utf8.Length);
        for (int i = 0; i < utf8.Length; i++)
            target[i] = utf8[i];
        ids.Advance(utf8.Length);
    }

    public override byte[] Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new byte[ids.Length];
        int count = 0;
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(ids));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(id, EndOfText, nameof(ids));
            if (id != EndOfText)
                bytes[count++] = (byte)id;
        }

        return bytes[..count];
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Gathers what decides a tokenizer's ids into one hash; lengths go in front, so that nothing runs together.</summary>
internal sealed class FingerprintWriter : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public FingerprintWriter(string kind) => Add(Encoding.UTF8.GetBytes(kind));

    public void Add(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        hash.AppendData(bytes);
    }

    public void Add(byte[]? bytes)
    {
        Add(bytes?.Length ?? -1);
        hash.AppendData(bytes ?? []);
    }

    public void Add(IReadOnlyList<AddedToken> tokens)
    {
        Add(tokens.Count);
        foreach (AddedToken token in tokens.OrderBy(token => token.Id))
        {
            Add(token.Id);
            Add(Encoding.UTF8.GetBytes(token.Content));
            Add(token.Special ? 1 : 0);
        }
    }

    public string Complete() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public void Dispose() => hash.Dispose();
}

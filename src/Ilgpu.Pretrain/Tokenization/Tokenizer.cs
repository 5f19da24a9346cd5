using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Text to token ids and back. Implementations are immutable: one instance serves many threads.</summary>
public abstract class Tokenizer
{
    /// <summary>What <see cref="Load"/> takes to give this tokenizer again.</summary>
    public abstract string Name { get; }

    /// <summary>Ids are in [0, VocabularySize).</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The id that follows every document; <see cref="Encode(ReadOnlySpan{byte}, IBufferWriter{int})"/> never gives it.</summary>
    public abstract int EndOfText { get; }

    /// <summary>SHA-256 in hexadecimal of everything that decides the ids.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>A tokenizer by name.</summary>
    /// <exception cref="InputException">There is no such tokenizer.</exception>
    public static Tokenizer Load(string nameOrPath) => nameOrPath switch
    {
        ByteTokenizer.TokenizerName => ByteTokenizer.Instance,
        _ => throw new InputException($"tokenizer: '{nameOrPath}' is not one; it takes: {ByteTokenizer.TokenizerName}"),
    };

    /// <summary>Appends the ids of a text, without <see cref="EndOfText"/>.</summary>
    public abstract void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids);

    /// <summary>The bytes that the ids stand for; <see cref="EndOfText"/> stands for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not of the vocabulary.</exception>
    public abstract byte[] Decode(ReadOnlySpan<int> ids);

    /// <summary>The ids of a text, without <see cref="EndOfText"/>.</summary>
    public int[] Encode(string text)
    {
        var ids = new ArrayBufferWriter<int>();
        Encode(Encoding.UTF8.GetBytes(text), ids);
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>The text of the ids; bytes that are not UTF-8 become the replacement character U+FFFD.</summary>
    public string DecodeText(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(Decode(ids));
}

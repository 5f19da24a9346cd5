using System.Buffers;
using System.Text;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Texts for tokenizers, drawn from a seed that is printed with the test's output.</summary>
internal sealed class TokenizerInputs
{
    private static readonly string[] Words =
    [
        "the", "then", "there", "other", "mother", "banana", "an", "and", "sand", "aaaa", "abab", "it's", "we'll", "naïve", "größer", "мир", "模型", "☺",
        "12", "1234567", "...", "!?", "(a)", "x_y", "the\n", "\n\n", "\t", "  ", "   ", "\r\n",
    ];

    public TokenizerInputs()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random = new Random(seed);
    }

    public Random Random { get; }

    /// <summary>
    /// Words and what stands between them, most of them behind a space; of the basic plane, because to .NET's regular
    /// expressions a character beyond it is two.
    /// </summary>
    public string Text(int words)
    {
        var text = new StringBuilder();
        for (; words > 0; words--)
            text.Append(Random.Next(4) == 0 ? "" : " ").Append(Words[Random.Next(Words.Length)]);
        return text.ToString();
    }

    public byte[] Utf8(int words) => Encoding.UTF8.GetBytes(Text(words));

    /// <summary>Bytes of all values, or of a few, whose pairs repeat.</summary>
    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.NextBytes(bytes);
        if (Random.Next(2) == 0)
        {
            for (int i = 0; i < count; i++)
                bytes[i] = (byte)('a' + (bytes[i] % 3));
        }

        return bytes;
    }

    public static int[] Encode(Tokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, ids);
        return ids.WrittenSpan.ToArray();
    }

    public static int[] EncodeWithSpecialTokens(Tokenizer tokenizer, string text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.EncodeWithSpecialTokens(Encoding.UTF8.GetBytes(text), ids);
        return ids.WrittenSpan.ToArray();
    }
}

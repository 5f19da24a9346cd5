using System.Text;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// Tokens and scores out of llama.cpp's GGUF: magic, version, two counts, then keys with typed values (gguf.md of ggml);
/// what else is there is passed over.
/// </summary>
internal static class GgufVocabulary
{
    private const uint Magic = 0x46554747;
    private const uint Float = 6;
    private const uint String = 8;
    private const uint Array = 9;

    /// <summary>Bytes of a value by its type; strings and arrays have a length of their own.</summary>
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    /// <summary>Of a SentencePiece vocabulary: U+2581, the mark of a space, is given as a space.</summary>
    public static List<(byte[] Text, float Score)> Read(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file), Encoding.UTF8);
        Assert.Equal(Magic, reader.ReadUInt32());
        Assert.Equal(3u, reader.ReadUInt32());
        _ = reader.ReadUInt64();
        List<string> tokens = [];
        List<float> scores = [];
        for (ulong keys = reader.ReadUInt64(); keys > 0; keys--)
        {
            string key = Text(reader);
            uint type = reader.ReadUInt32();
            uint of = type == Array ? reader.ReadUInt32() : type;
            ulong count = type == Array ? reader.ReadUInt64() : 1;
            for (; count > 0; count--)
            {
                if (of == String && Text(reader) is var text && key == "tokenizer.ggml.tokens")
                    tokens.Add(text);
                else if (key == "tokenizer.ggml.scores" && of == Float)
                    scores.Add(reader.ReadSingle());
                else
                    reader.BaseStream.Position += Sizes[of];
            }
        }

        Assert.Equal(tokens.Count, scores.Count);
        return [.. tokens.Zip(scores, (token, score) => (Encoding.UTF8.GetBytes(token.Replace('\u2581', ' ')), score))];
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes(checked((int)reader.ReadUInt64())));
}

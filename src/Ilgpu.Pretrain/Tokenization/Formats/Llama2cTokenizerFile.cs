using System.Buffers.Binary;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// llama2.c's tokenizer.bin, little-endian: an int32, the length of the longest token; then for each token its score
/// (fp32), its length in bytes (int32) and its bytes.
/// </summary>
internal static class Llama2cTokenizerFile
{
    /// <exception cref="InputException">It is cut short, or not such a file.</exception>
    public static ScoreMergingTokenizer Read(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        int longest = content.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(content) : 0;
        var vocabulary = new List<(byte[] Text, float Score)>();
        int at = sizeof(int);
        while (at < content.Length)
        {
            if (content.Length - at < sizeof(float) + sizeof(int))
                throw Wrong(file, $"ends within token {vocabulary.Count}");
            float score = BinaryPrimitives.ReadSingleLittleEndian(content.AsSpan(at));
            int length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at + sizeof(float)));
            at += sizeof(float) + sizeof(int);
            if (length < 0 || length > longest)
                throw Wrong(file, $"token {vocabulary.Count} has {length} bytes, the longest is said to have {longest}");
            if (length > content.Length - at)
                throw Wrong(file, $"ends within token {vocabulary.Count}");
            if (!float.IsFinite(score))
                throw Wrong(file, $"token {vocabulary.Count} has the score {score}");
            vocabulary.Add((content[at..(at + length)], score));
            at += length;
        }

        if (vocabulary.Count < ScoreMergingTokenizer.SmallestVocabulary)
            throw Wrong(file, $"has {vocabulary.Count} tokens; three special ones and 256 bytes are the least");
        for (int value = 0; value < BytePairModel.ByteValues; value++)
        {
            int id = ScoreMergingTokenizer.IdOfByte(value);
            string expected = ScoreMergingTokenizer.NameOfByte(value);
            if (!vocabulary[id].Text.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(expected)))
                throw Wrong(file, $"token {id} is '{Encoding.UTF8.GetString(vocabulary[id].Text)}', '{expected}' belongs there");
        }

        return new ScoreMergingTokenizer(vocabulary);
    }

    public static void Write(IReadOnlyList<(byte[] Text, float Score)> vocabulary, Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(vocabulary.Max(token => token.Text.Length));
        foreach ((byte[] text, float score) in vocabulary)
        {
            writer.Write(score);
            writer.Write(text.Length);
            writer.Write(text);
        }
    }

    private static InputException Wrong(string file, string what) => new($"tokenizer: '{file}' is not llama2.c's: it {what}");
}

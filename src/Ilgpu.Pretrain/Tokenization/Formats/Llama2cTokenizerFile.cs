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
        List<(byte[] Text, float Score)> vocabulary = ReadTokens(file, File.ReadAllBytes(file));
        RequireSound(file, vocabulary);
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

    private static List<(byte[] Text, float Score)> ReadTokens(string file, ReadOnlySpan<byte> content)
    {
        int longest = content.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(content) : 0;
        var vocabulary = new List<(byte[] Text, float Score)>();
        for (int at = sizeof(int); at < content.Length;)
        {
            if (content.Length - at < sizeof(float) + sizeof(int))
                throw Wrong(file, $"ends within token {vocabulary.Count}");
            float score = BinaryPrimitives.ReadSingleLittleEndian(content[at..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(content[(at + sizeof(float))..]);
            at += sizeof(float) + sizeof(int);
            if (length <= 0 || length > longest)
                throw Wrong(file, $"says that token {vocabulary.Count} has {length} bytes, and the longest {longest}; a token has one or more");
            if (length > content.Length - at)
                throw Wrong(file, $"ends within token {vocabulary.Count}");
            if (length > BytePairModel.LongestToken)
                throw Wrong(file, $"says that token {vocabulary.Count} has {length} bytes; it takes {BytePairModel.LongestToken} at most");
            if (!float.IsFinite(score))
                throw Wrong(file, $"has the score {score} for token {vocabulary.Count}; a score is a finite number");
            vocabulary.Add((content.Slice(at, length).ToArray(), score));
            at += length;
        }

        return vocabulary;
    }

    private static void RequireSound(string file, List<(byte[] Text, float Score)> vocabulary)
    {
        if (vocabulary.Count < ScoreMergingTokenizer.SmallestVocabulary)
            throw Wrong(file, $"has {vocabulary.Count} tokens; three special ones and 256 bytes are the least");
        for (int value = 0; value < BytePairModel.ByteValues; value++)
        {
            int id = ScoreMergingTokenizer.IdOfByte(value);
            string expected = ByteFallbackModel.NameOfByte(value);
            if (!vocabulary[id].Text.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(expected)))
                throw Wrong(file, $"has '{Shown(vocabulary[id].Text)}' as token {id}; '{expected}' belongs there");
        }

        var idOf = new Dictionary<byte[], int>(BytesComparer.Instance);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (!idOf.TryAdd(vocabulary[id].Text, id))
                throw Wrong(file, $"has '{Shown(vocabulary[id].Text)}' twice, as token {idOf[vocabulary[id].Text]} and as token {id}");
        }

        IEnumerable<string> names = vocabulary.Take(ScoreMergingTokenizer.FirstByte).Select(token => ScoreMergingTokenizer.NameOfSpecial(token.Text));
        if (names.Distinct().Count(name => name.Length > 0) < ScoreMergingTokenizer.FirstByte)
            throw Wrong(file, "has a special token (0 to 2) without a name of its own");
    }

    private static string Shown(byte[] text) => Printable.Excerpt(Encoding.UTF8.GetString(text));

    private static InputException Wrong(string file, string what) => MalformedFile.Because(file, $"not llama2.c's: it {what}");
}

using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// tiktoken's files of ranks: a line is a token's bytes in base64, a space and its rank, which is its id. Two neighbours
/// whose bytes together are a token are merged, the lowest rank first; a piece that is a token is taken whole.
/// </summary>
internal static class TiktokenFile
{
    private const int Llama3Reserved = 256;

    /// <param name="file">Its path.</param>
    /// <param name="pieces">The file does not say it; null for what the published files of as many ranks use.</param>
    /// <exception cref="InputException">The file contradicts itself, or its pieces are not known.</exception>
    public static BytePairTokenizer Read(string file, PreTokenization? pieces)
    {
        var tokens = new List<byte[]?>();
        var ids = new Dictionary<byte[], int>(BytesComparer.Instance);
        int line = 0;
        foreach (string text in File.ReadLines(file))
        {
            line++;
            if (text.Length == 0)
                continue;
            (byte[] token, int rank) = ReadLine(file, line, text);
            if (token.Length > BytePairModel.LongestToken)
                throw MalformedFile.Because(file, $"line {line} has a token of {token.Length} bytes; it takes {BytePairModel.LongestToken} at most");
            while (tokens.Count <= rank)
                tokens.Add(null);
            if (tokens[rank] is not null)
                throw MalformedFile.Because(file, $"line {line} has the rank {rank} again");
            if (!ids.TryAdd(token, rank))
                throw MalformedFile.Because(file, $"line {line} has the token of rank {ids[token]} again");
            tokens[rank] = token;
        }

        for (int value = 0; value < BytePairModel.ByteValues; value++)
        {
            if (!ids.ContainsKey([(byte)value]))
                throw MalformedFile.Because(file, $"there is no token for the byte 0x{value:X2}: text that has it could not be written");
        }

        // A published file that lost a line is none.
        (PreTokenization known, AddedToken[] special) = (ids.Count == tokens.Count ? Published(ids.Count) : null)
            ?? (pieces ?? throw UnknownPieces(file, ids.Count, tokens.Count - 1), [Special(tokens.Count, Tokenizer.EndOfTextName)]);
        if (Array.Find(special, token => ids.ContainsKey(Encoding.UTF8.GetBytes(token.Content))) is { } conflict)
            throw MalformedFile.Because(file, $"the special token '{conflict.Content}' has a rank; those of text have one");
        return new BytePairTokenizer(new BytePairModel
        {
            Tokens = tokens,
            Merges = Merges(tokens, ids.GetAlternateLookup<ReadOnlySpan<byte>>()),
            Added = special,
            Pieces = pieces ?? known,
            WholePiecesFirst = true,
        });
    }

    private static (byte[] Token, int Rank) ReadLine(string file, int line, string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        byte[] bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(Math.Max(0, space) + 3)];
        return space > 0
            && Convert.TryFromBase64Chars(text.AsSpan(0, space), bytes, out int length) && length > 0
            && int.TryParse(text.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int rank)
            && rank < BytePairModel.LargestVocabulary
            ? (bytes[..length], rank)
            : throw MalformedFile.Because(file, $"line {line} is '{Printable.Excerpt(text)}'; it takes a token in base64, a space and a rank");
    }

    /// <summary>Every way of parting a token into two others, with the token's rank.</summary>
    private static List<BytePairMerge> Merges(List<byte[]?> tokens, Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> ids)
    {
        var merges = new List<BytePairMerge>();
        for (int id = 0; id < tokens.Count; id++)
        {
            ReadOnlySpan<byte> token = tokens[id];
            for (int at = 1; at < token.Length; at++)
            {
                if (ids.TryGetValue(token[..at], out int left) && ids.TryGetValue(token[at..], out int right))
                    merges.Add(new BytePairMerge(left, right, id, id));
            }
        }

        return merges;
    }

    /// <summary>Pieces and special tokens of the published file that has so many ranks, or null.</summary>
    private static (PreTokenization Pieces, AddedToken[] Special)? Published(int ranks) => ranks switch
    {
        50256 => (PreTokenization.Gpt2, [Special(50256, Tokenizer.EndOfTextName)]),
        100256 => (PreTokenization.Llama3,
        [
            Special(100257, Tokenizer.EndOfTextName),
            Special(100258, "<|fim_prefix|>"),
            Special(100259, "<|fim_middle|>"),
            Special(100260, "<|fim_suffix|>"),
            Special(100276, "<|endofprompt|>"),
        ]),
        128000 => (PreTokenization.Llama3, [.. Llama3Names().Select((name, i) => Special(128000 + i, name))]),
        _ => null,
    };

    /// <summary>Llama 3's 256 special tokens: those with a use, and reserved ones between and behind them.</summary>
    private static IEnumerable<string> Llama3Names()
    {
        string[] begin =
        [
            "<|begin_of_text|>", "<|end_of_text|>", Reserved(0), Reserved(1), Reserved(2), Reserved(3),
            "<|start_header_id|>", "<|end_header_id|>", Reserved(4), "<|eot_id|>",
        ];
        return begin.Concat(Enumerable.Range(5, Llama3Reserved - begin.Length).Select(Reserved));

        static string Reserved(int number) => $"<|reserved_special_token_{number}|>";
    }

    private static InputException UnknownPieces(string file, int ranks, int last) => MalformedFile.Because(
        file,
        $"{ranks} ranks up to {last} are none of the published files', and a file of ranks does not say how text is parted: name it with --pre-tokenizer gpt2 or llama3");

    private static AddedToken Special(int id, string content) => new(id, content, Special: true);

}

using System.Text;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// BPE as it is defined: the symbols of a piece, first its bytes; again and again the pair of neighbours with the lowest
/// rank, the leftmost of those, becomes one. Symbols are strings of a character a byte, rules are looked up by them.
/// </summary>
internal sealed class NaiveBytePair
{
    private readonly Dictionary<string, int> idOf = [];
    private readonly Dictionary<(string, string), int> rankOf = [];
    private readonly Regex pattern;
    private readonly PreTokenization rule;
    private readonly bool wholePiecesFirst;

    public NaiveBytePair(BytePairModel model)
    {
        rule = model.Pieces;
        pattern = new Regex(PiecePatterns.Of(rule), RegexOptions.CultureInvariant);
        wholePiecesFirst = model.WholePiecesFirst;
        for (int id = 0; id < model.Tokens.Count; id++)
        {
            if (model.Tokens[id] is { } token)
                idOf.Add(Symbol(token), id);
        }

        foreach (BytePairMerge merge in model.Merges)
            rankOf.Add((Symbol(model.Tokens[merge.Left]!), Symbol(model.Tokens[merge.Right]!)), merge.Rank);
    }

    /// <summary>Parted by .NET's regular expressions.</summary>
    public int[] Encode(string text) =>
        [.. pattern.Matches(text).SelectMany(match => EncodePiece(Encoding.UTF8.GetBytes(match.Value)))];

    /// <summary>Parted by the scanner, which has tests of its own: regular expressions know no bytes.</summary>
    public int[] Encode(byte[] bytes)
    {
        var ids = new List<int>();
        var scanner = PieceScanner.Of(rule);
        for (int start = 0; start < bytes.Length;)
        {
            int end = scanner.EndOf(bytes, start);
            ids.AddRange(EncodePiece(bytes.AsSpan(start, end - start)));
            start = end;
        }

        return [.. ids];
    }

    public int[] EncodePiece(ReadOnlySpan<byte> piece)
    {
        if (wholePiecesFirst && idOf.TryGetValue(Symbol(piece), out int whole))
            return [whole];
        List<string> symbols = [.. Symbol(piece).Select(symbol => symbol.ToString())];
        while (true)
        {
            int best = -1;
            int lowest = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (rankOf.TryGetValue((symbols[i], symbols[i + 1]), out int rank) && rank < lowest)
                    (best, lowest) = (i, rank);
            }

            if (best < 0)
                return [.. symbols.Select(symbol => idOf[symbol])];
            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }

    private static string Symbol(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}

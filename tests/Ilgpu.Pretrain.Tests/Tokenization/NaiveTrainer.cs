using System.Text;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// Training as it is defined: all pairs of the text are counted anew before every merge, piece by piece; the most frequent
/// one is merged everywhere, of equally frequent ones the greatest by its left token's bytes, then by its right one's.
/// Symbols are strings of a character a byte.
/// </summary>
internal static class NaiveTrainer
{
    /// <returns>The merges until there are so many tokens, or none is left.</returns>
    public static List<(string Left, string Right)> Train(PreTokenization rule, IEnumerable<string> texts, int tokens)
    {
        var pattern = new Regex(PiecePatterns.Of(rule), RegexOptions.CultureInvariant);
        string[][] pieces = [.. texts
            .SelectMany(text => pattern.Matches(text))
            .Select(match => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(match.Value)).Select(symbol => symbol.ToString()).ToArray())];
        var made = new HashSet<string>();
        var merges = new List<(string Left, string Right)>();
        while (made.Count < tokens && MostFrequent(pieces) is { } best)
        {
            merges.Add(best);
            _ = made.Add(best.Left + best.Right);
            pieces = Array.ConvertAll(pieces, piece => Merge(piece, best));
        }

        return merges;
    }

    private static (string Left, string Right)? MostFrequent(string[][] pieces) => pieces
        .SelectMany(piece => piece.Zip(piece.Skip(1)))
        .CountBy(pair => pair)
        .OrderByDescending(pair => pair.Value)
        .ThenByDescending(pair => pair.Key.First, StringComparer.Ordinal)
        .ThenByDescending(pair => pair.Key.Second, StringComparer.Ordinal)
        .Select(pair => ((string, string)?)pair.Key)
        .FirstOrDefault();

    private static string[] Merge(string[] piece, (string Left, string Right) pair)
    {
        var merged = new List<string>();
        for (int i = 0; i < piece.Length;)
        {
            bool isPair = i + 1 < piece.Length && piece[i] == pair.Left && piece[i + 1] == pair.Right;
            merged.Add(isPair ? pair.Left + pair.Right : piece[i]);
            i += isPair ? 2 : 1;
        }

        return [.. merged];
    }
}

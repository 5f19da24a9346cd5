using System.Text;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Made-up text: words of random syllables, the n-th most frequent one n times as rare as the first (Zipf's law), with
/// capitals, numbers, punctuation and paragraphs between them. Real text is not part of the repository.
/// </summary>
internal static class TokenizerText
{
    private const int Words = 8000;
    private const int WordsInParagraph = 80;

    private static readonly string[] Syllables =
        ["the", "an", "in", "er", "on", "re", "at", "is", "or", "it", "es", "ar", "al", "ou", "ing", "ed", "le", "st", "th", "um", "qu", "é", "ß", "ж"];

    /// <summary>As many bytes as asked for, and up to a word more; the words are the same for every seed.</summary>
    public static byte[] Make(int seed, int bytes)
    {
        string[] words = MakeWords();
        double[] sums = CumulativeFrequencies();
        var random = new Random(seed);
        using var text = new MemoryStream();
        for (int count = 1; text.Length < bytes; count++)
        {
            int at = Array.BinarySearch(sums, random.NextDouble() * sums[^1]);
            string word = random.Next(20) == 0 ? $"{random.Next(3000)}" : words[at < 0 ? ~at : at];
            text.Write(Encoding.UTF8.GetBytes(word + Behind(random, count)));
        }

        return text.ToArray();
    }

    private static string Behind(Random random, int count) => count % WordsInParagraph == 0
        ? ".\n\n"
        : random.Next(16) switch
        {
            0 => ". ",
            1 => ", ",
            2 => "'s ",
            _ => " ",
        };

    private static string[] MakeWords()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Words).Select(rank => MakeWord(random, rank))];
    }

    /// <summary>Rare words are longer.</summary>
    private static string MakeWord(Random random, int rank)
    {
        string word = string.Concat(random.GetItems(Syllables, 1 + random.Next((int)Math.Log10(rank + 10) + 1)));
        return random.Next(10) == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : word;
    }

    private static double[] CumulativeFrequencies()
    {
        double sum = 0;
        return [.. Enumerable.Range(1, Words).Select(rank => sum += 1.0 / rank)];
    }
}

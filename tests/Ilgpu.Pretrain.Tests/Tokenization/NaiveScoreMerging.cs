using System.Text;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// llama2.c's <c>encode</c> (run.c), step by step: a space, then each character's token or else those of its bytes; then
/// the pair of neighbours whose texts together are the token of the highest score, the first of those, is merged, until
/// there is none. Texts are strings of a character a byte.
/// </summary>
internal sealed class NaiveScoreMerging
{
    private const int FirstByte = 3;

    private readonly string[] texts;
    private readonly float[] scores;
    private readonly Dictionary<string, int> idOf = [];

    public NaiveScoreMerging(IReadOnlyList<(byte[] Text, float Score)> vocabulary)
    {
        texts = [.. vocabulary.Select(token => Encoding.Latin1.GetString(token.Text))];
        scores = [.. vocabulary.Select(token => token.Score)];
        for (int id = 0; id < texts.Length; id++)
            idOf.Add(texts[id], id);
    }

    public int[] Encode(string text)
    {
        if (text.Length == 0)
            return [];
        var ids = new List<int>();
        foreach (Rune character in (" " + text).EnumerateRunes())
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(character.ToString());
            if (idOf.TryGetValue(Encoding.Latin1.GetString(utf8), out int id))
                ids.Add(id);
            else
                ids.AddRange(utf8.Select(value => FirstByte + value));
        }

        while (true)
        {
            float best = float.NegativeInfinity;
            int at = -1;
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                if (idOf.TryGetValue(texts[ids[i]] + texts[ids[i + 1]], out int merged) && scores[merged] > best)
                    (best, at) = (scores[merged], i);
            }

            if (at < 0)
                return [.. ids];
            ids[at] = idOf[texts[ids[at]] + texts[ids[at + 1]]];
            ids.RemoveAt(at + 1);
        }
    }
}

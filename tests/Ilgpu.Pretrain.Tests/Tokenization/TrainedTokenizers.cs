using System.Text;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Byte-level BPE trained on a text of a test, which asks for nothing from outside.</summary>
internal static class TrainedTokenizers
{
    private const string Text =
        "the mother and the other mother, they're there; the banana in the sand isn't a band. Naïve größer мир 模型 🙂\n"
        + "  aaaaaaaaaaaaaaaa abababab 1234567 12345 12 the internationalization of internationalization, internationalization\n\n\tthe end...";

    public static byte[] Utf8 => Encoding.UTF8.GetBytes(Text);

    /// <summary>By far not what the text could fill.</summary>
    public static BytePairModel Model(PreTokenization rule, int vocabulary = 330) =>
        Train(rule, Utf8, vocabulary, [Tokenizer.EndOfTextName]);

    public static BytePairModel Train(PreTokenization rule, byte[] text, int vocabulary, string[] special)
    {
        var counts = new PieceCounts(rule, [.. special.Select((name, id) => new AddedToken(id, name, Special: true))]);
        counts.Add(text);
        return BytePairTrainer.Train(counts.All, vocabulary, special, rule, TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// The ids of single bytes, then of what each merge makes ("left right", as files write them), then of tokens that
    /// none makes.
    /// </summary>
    public static BytePairModel Of(string[] merges, AddedToken[]? added = null, bool wholePiecesFirst = false, string[]? unmade = null)
    {
        (string, string)[] pairs = [.. merges.Select(merge => (merge.Split(' ')[0], merge.Split(' ')[1]))];
        Dictionary<string, int> ids = ByteAlphabet.InOrder
            .Select(value => ByteAlphabet.Write([value]))
            .Concat(pairs.Select(pair => pair.Item1 + pair.Item2))
            .Concat(unmade ?? [])
            .Distinct()
            .Index()
            .ToDictionary(entry => entry.Item, entry => entry.Index);
        return BytePairModelBuilder.Build("test", ids, pairs, added ?? [], PreTokenization.Gpt2, wholePiecesFirst);
    }
}

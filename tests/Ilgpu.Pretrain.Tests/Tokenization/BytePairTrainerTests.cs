using System.Text;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class BytePairTrainerTests
{
    private const int Bytes = BytePairModel.ByteValues;

    private static readonly string[] NoSpecial = [];

    /// <summary>Of few letters, so that pairs overlap, are equally frequent, and the text is used up.</summary>
    private static readonly string[] FewLetters = ["a", "a", "b", "ab", "aa", "ba", " ", " a", " b", "c", "1", "\n"];

    [Theory]
    [InlineData(PreTokenization.Gpt2)]
    [InlineData(PreTokenization.Llama3)]
    public void Merges_are_those_of_the_definition(PreTokenization rule)
    {
        var inputs = new TokenizerInputs();
        for (int round = 0; round < 150; round++)
        {
            string text = round % 2 == 0
                ? inputs.Text(inputs.Random.Next(1, 80))
                : string.Concat(inputs.Random.GetItems(FewLetters, inputs.Random.Next(1, 120)));
            List<(string, string)> expected = NaiveTrainer.Train(rule, [text], 60);
            BytePairModel model = TrainedTokenizers.Train(rule, Encoding.UTF8.GetBytes(text), Bytes + expected.Count, NoSpecial);
            Assert.Equal(expected, model.Merges.Select(merge => (Symbol(model, merge.Left), Symbol(model, merge.Right))));
            Assert.Equal(Enumerable.Range(Bytes, expected.Count), model.Merges.Select(merge => merge.Result));
            Assert.Equal(Enumerable.Range(0, expected.Count), model.Merges.Select(merge => merge.Rank));
            Assert.All(model.Merges, merge => Assert.Equal(Symbol(model, merge.Left) + Symbol(model, merge.Right), Symbol(model, merge.Result)));
            Assert.Equal(model.Tokens.Count, Enumerable.Range(0, model.Tokens.Count).Select(id => Symbol(model, id)).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(PreTokenization.Gpt2)]
    [InlineData(PreTokenization.Llama3)]
    public void Merges_depend_on_the_counts_alone(PreTokenization rule)
    {
        var inputs = new TokenizerInputs();
        for (int round = 0; round < 20; round++)
        {
            byte[][] documents = [.. Enumerable.Range(0, inputs.Random.Next(2, 30)).Select(_ => inputs.Utf8(inputs.Random.Next(0, 40)))];
            PieceCounts together = Count(rule, documents);
            inputs.Random.Shuffle(documents);
            PieceCounts[] parts = [.. documents.Chunk(inputs.Random.Next(1, 5)).Select(chunk => Count(rule, chunk))];
            inputs.Random.Shuffle(parts);
            var added = new PieceCounts(rule, []);
            foreach (PieceCounts part in parts)
                added.Add(part);
            Assert.Equal(together.Bytes, added.Bytes);
            int vocabulary = Bytes + NaiveTrainer.Train(rule, documents.Select(Encoding.UTF8.GetString), 40).Count;
            Assert.Equal(Train(together, rule, vocabulary).Merges, Train(added, rule, vocabulary).Merges);
        }
    }

    [Fact]
    public void A_text_parted_before_a_space_counts_as_one()
    {
        var whole = new PieceCounts(PreTokenization.Gpt2, []);
        whole.Add("the mother's other  mother"u8);
        var parted = new PieceCounts(PreTokenization.Gpt2, []);
        parted.Add("the mother's"u8);
        parted.Add(" other  mother"u8);
        Assert.Equal(
            whole.All.Select(entry => (Encoding.UTF8.GetString(entry.Key), entry.Value)).Order(),
            parted.All.Select(entry => (Encoding.UTF8.GetString(entry.Key), entry.Value)).Order());
        Assert.Equal(whole.Bytes, parted.Bytes);
    }

    /// <summary>Bytes first in the order of their characters, behind the special tokens, as in the files that others make.</summary>
    [Fact]
    public void Special_tokens_come_first_and_their_text_is_not_learned()
    {
        BytePairModel model = TrainedTokenizers.Train(PreTokenization.Gpt2, "ab<|x|>ab<|x|><|y|>ab"u8.ToArray(), Bytes + 3, ["<|x|>", "<|y|>"]);
        Assert.Equal([new AddedToken(0, "<|x|>", Special: true), new AddedToken(1, "<|y|>", Special: true)], model.Added);
        Assert.Equal("!", Symbol(model, 2));
        Assert.Equal("ab", Symbol(model, Bytes + 2));
        var e = Assert.Throws<InputException>(() => TrainedTokenizers.Train(PreTokenization.Gpt2, "ab<|x|>ab<|x|>ab"u8.ToArray(), Bytes + 3, ["<|x|>"]));
        Assert.Contains("the text fills at most 258", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    [InlineData(BytePairModel.LargestVocabulary + 1)]
    public void A_vocabulary_of_an_impossible_size_is_refused(int vocabulary)
    {
        var e = Assert.Throws<InputException>(() => TrainedTokenizers.Train(PreTokenization.Gpt2, "a a"u8.ToArray(), vocabulary, ["<|x|>", "<|y|>"]));
        Assert.Equal($"--vocabulary was given {vocabulary}; it takes a whole number from 258 (256 bytes and 2 special tokens) to 4194304.", e.Message);
    }

    [Fact]
    public void A_vocabulary_that_the_text_cannot_fill_is_refused_with_what_it_fills()
    {
        var e = Assert.Throws<InputException>(() => TrainedTokenizers.Train(PreTokenization.Gpt2, "abc abc"u8.ToArray(), 300, ["<|x|>"]));
        Assert.Equal("--vocabulary was given 300; the text fills at most 260 (256 bytes, 1 special tokens and 3 merged ones): take that or less, or more text.", e.Message);
        Assert.Equal(260, TrainedTokenizers.Train(PreTokenization.Gpt2, "abc abc"u8.ToArray(), 260, ["<|x|>"]).VocabularySize);
    }

    [Fact]
    public void No_text_fills_the_bytes_alone()
    {
        Assert.Empty(TrainedTokenizers.Train(PreTokenization.Gpt2, [], Bytes, NoSpecial).Merges);
        _ = Assert.Throws<InputException>(() => TrainedTokenizers.Train(PreTokenization.Gpt2, [], Bytes + 1, NoSpecial));
    }

    [Fact]
    public void A_special_token_called_as_a_learned_one_is_refused()
    {
        // The counts are of a text in which it was not looked for.
        PieceCounts counts = Count(PreTokenization.Gpt2, ["ab ab"u8.ToArray()]);
        var e = Assert.Throws<InputException>(() => BytePairTrainer.Train(counts.All, 259, ["ab"], PreTokenization.Gpt2, TestContext.Current.CancellationToken));
        Assert.StartsWith("the special token 'ab' is called as a token that is made of the text", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_without_a_name_of_their_own_are_refused()
    {
        _ = Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(Count(PreTokenization.Gpt2, []).All, 300, [""], PreTokenization.Gpt2, TestContext.Current.CancellationToken));
        _ = Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(Count(PreTokenization.Gpt2, []).All, 300, ["<x>", "<x>"], PreTokenization.Gpt2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Training_stops_when_it_is_told_to()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        _ = Assert.Throws<OperationCanceledException>(() => BytePairTrainer.Train(Count(PreTokenization.Gpt2, ["ab"u8.ToArray()]).All, 257, [], PreTokenization.Gpt2, stopped.Token));
    }

    /// <summary>
    /// On novels it has not seen, 4096 tokens of novels do nearly what GPT-2's 50257 of the whole web do: two thirds of
    /// its bytes a token are the least; a vocabulary of 500 from elsewhere has half.
    /// </summary>
    [Theory]
    [InlineData(PreTokenization.Gpt2)]
    [InlineData(PreTokenization.Llama3)]
    public void A_vocabulary_of_novels_compresses_other_novels(PreTokenization rule)
    {
        string[] novels = [.. Directory.GetFiles(SharedData.Require("corpora", "novels"), "*.txt").Order(StringComparer.Ordinal)];
        var trained = new BytePairTokenizer(Train(Count(rule, novels[..8].Select(File.ReadAllBytes)), rule, 4096));
        var gpt2 = Tokenizer.Load(SharedData.Require("tokenizers", "bpe_reference", "gpt2_vocab.json"));
        byte[] unseen = File.ReadAllBytes(novels[^1]);
        double bytesPerToken = BytesPerToken(trained, unseen);
        double bytesPerTokenOfGpt2 = BytesPerToken(gpt2, unseen);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytesPerToken:0.000} bytes a token, GPT-2 {bytesPerTokenOfGpt2:0.000}");
        Assert.InRange(bytesPerToken, 2.0 / 3 * bytesPerTokenOfGpt2, bytesPerTokenOfGpt2);
        Assert.Equal(unseen, trained.Decode(TokenizerInputs.Encode(trained, unseen)));
    }

    private static double BytesPerToken(Tokenizer tokenizer, byte[] text) => (double)text.Length / TokenizerInputs.Encode(tokenizer, text).Length;

    private static PieceCounts Count(PreTokenization rule, IEnumerable<byte[]> documents)
    {
        var counts = new PieceCounts(rule, []);
        foreach (byte[] document in documents)
            counts.Add(document);
        return counts;
    }

    private static BytePairModel Train(PieceCounts counts, PreTokenization rule, int vocabulary) =>
        BytePairTrainer.Train(counts.All, vocabulary, NoSpecial, rule, TestContext.Current.CancellationToken);

    private static string Symbol(BytePairModel model, int id) => Encoding.Latin1.GetString(model.Tokens[id]!);
}

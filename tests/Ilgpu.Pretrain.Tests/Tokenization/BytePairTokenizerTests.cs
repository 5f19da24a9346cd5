using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Ilgpu.Pretrain.Tokenization;
using static Ilgpu.Pretrain.Tests.Tokenization.TokenizerInputs;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class BytePairTokenizerTests
{
    /// <summary>Bytes whose ids the tokenizer writes at a time.</summary>
    private const int BytesAtOnce = 1 << 14;

    [Theory]
    [InlineData(PreTokenization.Gpt2)]
    [InlineData(PreTokenization.Llama3)]
    public void Arbitrary_bytes_come_back(PreTokenization rule) => RequireRoundTrip(new BytePairTokenizer(TrainedTokenizers.Model(rule)));

    [Fact]
    public void Arbitrary_bytes_come_back_from_ids_of_gpt2() =>
        RequireRoundTrip(Tokenizer.Load(SharedData.Require("tokenizers", "bpe_reference", "gpt2_vocab.json")));

    [Theory]
    [InlineData(PreTokenization.Gpt2, false)]
    [InlineData(PreTokenization.Gpt2, true)]
    [InlineData(PreTokenization.Llama3, false)]
    [InlineData(PreTokenization.Llama3, true)]
    public void Ids_are_those_of_the_definition(PreTokenization rule, bool wholePiecesFirst)
    {
        BytePairModel model = TrainedTokenizers.Model(rule) with { WholePiecesFirst = wholePiecesFirst };
        RequireIdsOfTheDefinition(new BytePairTokenizer(model), rounds: 400);
    }

    [Fact]
    public void Ids_of_gpt2_are_those_of_the_definition() =>
        RequireIdsOfTheDefinition((BytePairTokenizer)Tokenizer.Load(SharedData.Require("tokenizers", "bpe_reference", "gpt2_vocab.json")), rounds: 200);

    /// <summary>Up to 16 bytes a piece that is a token is found in a table, by other ways at the end of the text.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pieces_around_the_longest_of_the_table_have_the_ids_of_the_definition(bool wholePiecesFirst)
    {
        const string Letters = "internationaliza";
        string[] merges = [.. Enumerable.Range(1, Letters.Length - 1).Select(i => $"{Letters[..i]} {Letters[i]}"), $"{Letters} t", $"{Letters}t i"];
        BytePairModel model = TrainedTokenizers.Of(merges, wholePiecesFirst: wholePiecesFirst, unmade: ["zzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzzz"]);
        var tokenizer = new BytePairTokenizer(model);
        var naive = new NaiveBytePair(model);
        string[] words = [.. Enumerable.Range(13, 7).SelectMany(length => new[] { "internationalization"[..length], new string('z', length) })];
        foreach (string word in words)
        {
            foreach (string behind in (string[])["", "\n", ".", " a", " internationalization behind"])
                Assert.Equal(naive.Encode(word + behind), tokenizer.Encode(word + behind));
        }

        Assert.Single(tokenizer.Encode(Letters));
        Assert.Single(tokenizer.Encode(Letters + "t"));
        Assert.Equal(wholePiecesFirst ? 1 : 15, tokenizer.Encode(new string('z', 15)).Length);
        Assert.Equal(wholePiecesFirst ? 1 : 17, tokenizer.Encode(new string('z', 17)).Length);
        Assert.Equal(18, tokenizer.Encode(new string('z', 18)).Length);
    }

    /// <summary>The text is a part of a longer one, whose bytes must not matter.</summary>
    [Fact]
    public void What_lies_behind_the_text_is_not_read()
    {
        var inputs = new TokenizerInputs();
        var tokenizer = new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2));
        byte[] text = inputs.Utf8(60);
        for (int end = 0; end <= text.Length; end++)
            Assert.Equal(Encode(tokenizer, text.Take(end).ToArray()), Encode(tokenizer, text.AsSpan(0, end)));
    }

    [Theory]
    [InlineData(BytesAtOnce - 1)]
    [InlineData(BytesAtOnce)]
    [InlineData(BytesAtOnce + 1)]
    [InlineData(100_000)]
    public void Pieces_of_any_length_have_their_ids_and_so_have_their_neighbours(int length)
    {
        var tokenizer = new BytePairTokenizer(TrainedTokenizers.Of(["a a", "aa aa"]));
        int four = tokenizer.Encode("aaaa").Single();
        int[] rest = [.. tokenizer.Encode(new string('a', length % 4))];
        int[] ids = tokenizer.Encode($"x {new string('b', 5)}!{new string('a', length)}! y");
        int[] expected = [.. tokenizer.Encode("x bbbbb!"), .. Enumerable.Repeat(four, length / 4), .. rest, .. tokenizer.Encode("! y")];
        Assert.Equal(expected, ids);
    }

    /// <summary>Room is asked for in parts; a writer that gives no more than that shows whether it is enough.</summary>
    [Fact]
    public void Texts_of_many_parts_have_the_ids_of_their_pieces()
    {
        var inputs = new TokenizerInputs();
        BytePairModel model = TrainedTokenizers.Model(PreTokenization.Llama3);
        byte[] text = inputs.Utf8(20_000);
        Assert.True(text.Length > 4 * BytesAtOnce);
        var ids = new ExactWriter();
        new BytePairTokenizer(model).Encode(text, ids);
        Assert.Equal(new NaiveBytePair(model).Encode(text), ids.Written);
    }

    [Fact]
    public void Encoding_appends()
    {
        var tokenizer = new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2));
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode("the"u8, ids);
        tokenizer.Encode(""u8, ids);
        tokenizer.EncodeWithSpecialTokens(" mother"u8, ids);
        Assert.Equal([.. tokenizer.Encode("the"), .. tokenizer.Encode(" mother")], ids.WrittenSpan.ToArray());
    }

    [Fact]
    public void One_instance_serves_many_threads()
    {
        var inputs = new TokenizerInputs();
        var tokenizer = new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2));
        byte[][] texts = [.. Enumerable.Range(0, 64).Select(_ => inputs.Utf8(300))];
        int[][] expected = [.. texts.Select(text => Encode(tokenizer, text))];
        _ = Parallel.For(0, 8 * texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, i =>
        {
            int[] ids = Encode(tokenizer, texts[i % texts.Length]);
            Assert.Equal(expected[i % texts.Length], ids);
            Assert.Equal(texts[i % texts.Length], tokenizer.Decode(ids));
        });
    }

    [Fact]
    public void A_piece_that_is_a_token_is_taken_whole_where_the_model_says_so()
    {
        // The merges lead to a|bc.
        string[] merges = ["b c", "a b", "ab c"];
        var byMerges = new BytePairTokenizer(TrainedTokenizers.Of(merges));
        var whole = new BytePairTokenizer(TrainedTokenizers.Of(merges, wholePiecesFirst: true));
        Assert.Equal(["a", "bc"], byMerges.Encode("abc").Select(byMerges.Show));
        Assert.Equal(["abc"], whole.Encode("abc").Select(whole.Show));
        Assert.Equal(["a", "bc", "a", "b"], [.. whole.Encode("abca").Select(whole.Show), .. whole.Encode("b").Select(whole.Show)]);
        Assert.NotEqual(byMerges.Fingerprint, whole.Fingerprint);
    }

    [Fact]
    public void A_text_that_does_not_begin_with_a_space_gets_one_where_the_model_says_so()
    {
        var plain = new BytePairTokenizer(TrainedTokenizers.Of(["Ġ a"]));
        var prefixed = new BytePairTokenizer(TrainedTokenizers.Of(["Ġ a"]) with { PrefixSpace = true });
        Assert.Equal(plain.Encode(" a a"), prefixed.Encode("a a"));
        Assert.Equal(plain.Encode(" a a"), prefixed.Encode(" a a"));
        Assert.Equal(plain.Encode(" \na"), prefixed.Encode("\na"));
        Assert.Empty(prefixed.Encode(""));
        Assert.NotEqual(plain.Fingerprint, prefixed.Fingerprint);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(330)]
    public void Ids_outside_the_vocabulary_are_refused(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2)).Decode([id]));

    private static void RequireRoundTrip(Tokenizer tokenizer) => Prop.ForAll<byte[]>(bytes =>
    {
        int[] ids = Encode(tokenizer, bytes);
        return tokenizer.Decode(ids).AsSpan().SequenceEqual(bytes) && ids.All(id => id >= 0 && id < tokenizer.VocabularySize && id != tokenizer.EndOfText);
    }).Check(Config.QuickThrowOnFailure);

    private static void RequireIdsOfTheDefinition(BytePairTokenizer tokenizer, int rounds)
    {
        var inputs = new TokenizerInputs();
        var naive = new NaiveBytePair(tokenizer.Model);
        for (int round = 0; round < rounds; round++)
        {
            string text = inputs.Text(inputs.Random.Next(60));
            Assert.Equal(naive.Encode(text), tokenizer.Encode(text));
            byte[] bytes = inputs.Bytes(inputs.Random.Next(200));
            Assert.Equal(naive.Encode(bytes), Encode(tokenizer, bytes));
        }
    }

    /// <summary>Gives exactly the room that is asked for.</summary>
    private sealed class ExactWriter : IBufferWriter<int>
    {
        private int[] room = [];

        public List<int> Written { get; } = [];

        public void Advance(int count) => Written.AddRange(room.AsSpan(0, count));

        public Memory<int> GetMemory(int sizeHint = 0) => room = new int[sizeHint];

        public Span<int> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}

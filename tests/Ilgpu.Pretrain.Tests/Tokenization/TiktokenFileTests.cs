using System.Text;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class TiktokenFileTests
{
    private const int SmallestRanks = 300;

    /// <summary>OpenAI's file of GPT-2 is its vocabulary without the merges: which are found again by the ranks.</summary>
    [Fact]
    public void Ranks_of_gpt2_give_the_ids_of_gpt2()
    {
        var gpt2 = (BytePairTokenizer)Tokenizer.Load(SharedData.Require("tokenizers", "bpe_reference", "gpt2_vocab.json"));
        using var folder = new TemporaryFolder();
        string file = folder.Write("r50k_base.tiktoken", string.Join('\n', TokenizerFiles.Tiktoken(gpt2.Model)));
        var ranks = Tokenizer.Load(file);
        Assert.Equal(gpt2.AddedTokens, ranks.AddedTokens);
        Assert.Equal(gpt2.VocabularySize, ranks.VocabularySize);
        string[] texts =
        [
            .. Directory.GetFiles(SharedData.Require("corpora", "novels"), "*.txt").Order(StringComparer.Ordinal).Take(3),
            SharedData.Require("corpora", "tech", "rust_book.md"),
            SharedData.Require("tokenizers", "bpe_reference", "german.txt"),
        ];
        foreach (string text in texts)
            Assert.Equal(TokenizerInputs.Encode(gpt2, File.ReadAllBytes(text)), TokenizerInputs.Encode(ranks, File.ReadAllBytes(text)));
    }

    /// <summary>tiktoken merges any neighbours whose bytes together have a rank, and takes the lowest of those.</summary>
    [Fact]
    public void Random_ranks_give_the_ids_of_the_definition()
    {
        var inputs = new TokenizerInputs();
        for (int round = 0; round < 60; round++)
        {
            string[] tokens = [.. Enumerable.Range(0, 60).Select(_ => new string([.. Enumerable.Range(0, inputs.Random.Next(2, 6)).Select(_ => (char)('a' + inputs.Random.Next(3)))])).Distinct()];
            Tokenizer tokenizer = Read([.. Bytes(), .. tokens.Select((token, i) => Line(token, 256 + i))]);
            Tokenizer again = TokenizerFiles.WrittenAndRead(tokenizer);
            Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
            for (int text = 0; text < 20; text++)
            {
                string word = new([.. Enumerable.Range(0, inputs.Random.Next(1, 120)).Select(_ => (char)('a' + inputs.Random.Next(3)))]);
                Assert.Equal(Naive(tokens, word), tokenizer.Encode(word));
                Assert.Equal(Naive(tokens, word), again.Encode(word));
            }
        }
    }

    [Theory]
    [InlineData(50256, PreTokenization.Gpt2, 50257, 50256, 1)]
    [InlineData(100256, PreTokenization.Llama3, 100277, 100257, 5)]
    [InlineData(128000, PreTokenization.Llama3, 128256, 128001, 256)]
    public void The_number_of_ranks_tells_the_published_files(int ranks, PreTokenization pieces, int vocabulary, int endOfText, int special)
    {
        Tokenizer tokenizer = Read(Ranks(ranks), pieces: null);
        Assert.Equal(pieces, ((BytePairTokenizer)tokenizer).Model.Pieces);
        Assert.Equal(vocabulary, tokenizer.VocabularySize);
        Assert.Equal(endOfText, tokenizer.EndOfText);
        Assert.Equal(special, tokenizer.AddedTokens.Count);
        Assert.All(tokenizer.AddedTokens, token => Assert.True(token.Special));
    }

    /// <summary>By Meta's own tokenizer.py, and by the special tokens that its models' cards name.</summary>
    [Fact]
    public void Llama_3_has_its_special_tokens()
    {
        Tokenizer tokenizer = Read(Ranks(128000), pieces: null);
        Assert.Equal(128000, tokenizer.SpecialToken("<|begin_of_text|>"));
        Assert.Equal(128001, tokenizer.SpecialToken("<|end_of_text|>"));
        Assert.Equal(128006, tokenizer.SpecialToken("<|start_header_id|>"));
        Assert.Equal(128007, tokenizer.SpecialToken("<|end_header_id|>"));
        Assert.Equal(128009, tokenizer.SpecialToken("<|eot_id|>"));
        Assert.Equal(128010, tokenizer.SpecialToken("<|reserved_special_token_5|>"));
        Assert.Equal(128255, tokenizer.SpecialToken("<|reserved_special_token_250|>"));
    }

    [Fact]
    public void An_unknown_number_of_ranks_takes_the_pieces_from_the_caller()
    {
        string[] lines = Ranks(SmallestRanks);
        var e = Assert.Throws<InputException>(() => Read(lines, pieces: null));
        Assert.EndsWith("300 ranks up to 299 are none of the published files', and a file of ranks does not say how text is parted: name it with --pre-tokenizer gpt2 or llama3", e.Message, StringComparison.Ordinal);
        Tokenizer tokenizer = Read(lines, PreTokenization.Llama3);
        Assert.Equal("byte-level BPE, Llama3 pieces", tokenizer.Description);
        Assert.Equal(SmallestRanks, tokenizer.EndOfText);
        Assert.Equal(SmallestRanks, tokenizer.SpecialToken(Tokenizer.EndOfTextName));
    }

    /// <summary>A published file that lost a line is none.</summary>
    [Fact]
    public void Ranks_with_gaps_are_not_the_published_ones()
    {
        string[] lines = Ranks(50256);
        var e = Assert.Throws<InputException>(() => Read([.. lines[..1000], .. lines[1001..]], pieces: null));
        Assert.Contains("50255 ranks up to 50255 are none of the published files'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", "line 257 is 'x'; it takes a token in base64, a space and a rank")]
    [InlineData("YWI=", "line 257 is 'YWI='")]
    [InlineData("YWI= ", "line 257 is 'YWI= '")]
    [InlineData(" 256", "line 257 is ' 256'")]
    [InlineData("YWI 256", "line 257 is 'YWI 256'")]
    [InlineData("Y*I= 256", "line 257 is 'Y*I= 256'")]
    [InlineData("YWI= -1", "line 257 is 'YWI= -1'")]
    [InlineData("YWI= 1.5", "line 257 is 'YWI= 1.5'")]
    [InlineData("YWI= 4194304", "line 257 is 'YWI= 4194304'")]
    [InlineData("YWI= 99999999999999999999", "line 257 is 'YWI= 99999999999999999999'")]
    [InlineData("YWI= 255", "line 257 has the rank 255 again")]
    [InlineData("YQ== 256", "line 257 has the token of rank 64 again")]
    [InlineData("PHxlbmRvZnRleHR8Pg== 256", "the special token '<|endoftext|>' has a rank; those of text have one")]
    public void A_line_that_is_no_rank_is_refused(string line, string complaint)
    {
        var e = Assert.Throws<InputException>(() => Read([.. Bytes(), line]));
        Assert.Contains(complaint, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_byte_is_refused()
    {
        var e = Assert.Throws<InputException>(() => Read([.. Bytes().Where(line => line != Line("\n", 198))]));
        Assert.Contains("there is no token for the byte 0x0A", e.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Bytes() => TokenizerFiles.Tiktoken(TrainedTokenizers.Of([]));

    /// <summary>The bytes, then made-up tokens.</summary>
    private static string[] Ranks(int count) =>
        [.. Bytes(), .. Enumerable.Range(256, count - 256).Select(rank => Line($"token {rank}", rank))];

    private static string Line(string token, int rank) => $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(token))} {rank}";

    private static Tokenizer Read(string[] lines, PreTokenization? pieces = PreTokenization.Gpt2)
    {
        using var folder = new TemporaryFolder();
        return Tokenizer.Load(folder.Write("made-up.tiktoken", string.Join('\n', lines)), pieces);
    }

    /// <summary>Of a word of the letters a, b, c.</summary>
    private static int[] Naive(string[] tokens, string word)
    {
        int RankOf(string token) => token.Length == 1 ? token[0] - '!' : Array.IndexOf(tokens, token) is >= 0 and var index ? 256 + index : int.MaxValue;
        List<string> symbols = RankOf(word) < int.MaxValue ? [word] : [.. word.Select(letter => letter.ToString())];
        while (symbols.Count > 1)
        {
            (int rank, int at) = Enumerable.Range(0, symbols.Count - 1).Select(i => (RankOf(symbols[i] + symbols[i + 1]), i)).Min();
            if (rank == int.MaxValue)
                break;
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }

        return [.. symbols.Select(RankOf)];
    }
}

using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Tests.Tokenization;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>Tokenizers as tokenizer.json: what it says gives the ids that the tokenizer gives.</summary>
public sealed class TransformersTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Bytes_pairs_and_characters_come_back_as_themselves()
    {
        Tokenizer[] tokenizers =
        [
            ByteTokenizer.Instance,
            new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2)),
            new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Llama3)),
            CharacterTokenizer.Of([.. "abé\n🙂".EnumerateRunes()], withEndOfText: true),
        ];
        foreach (Tokenizer tokenizer in tokenizers)
        {
            JsonObject json = Written(tokenizer, out string file);
            Assert.Equal(tokenizer.Fingerprint, Tokenizer.Load(file).Fingerprint);
            JsonObject template = json["post_processor"]!.AsObject();
            Assert.Equal("TemplateProcessing", template["type"]!.GetValue<string>());
            Assert.Equal(tokenizer.EndOfText, template["special_tokens"]![Tokenizer.EndOfTextName]!["ids"]![0]!.GetValue<int>());
        }
    }

    [Fact]
    public void The_pre_tokeniser_is_the_published_one()
    {
        JsonObject gpt2 = Written(new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2)), out _)["pre_tokenizer"]!.AsObject();
        Assert.Equal(("ByteLevel", true), (gpt2["type"]!.GetValue<string>(), gpt2["use_regex"]!.GetValue<bool>()));
        JsonArray llama3 = Written(new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Llama3)), out _)["pre_tokenizer"]!["pretokenizers"]!.AsArray();
        Assert.Equal(("Split", PiecePatterns.Llama3), (llama3[0]!["type"]!.GetValue<string>(), llama3[0]!["pattern"]!["Regex"]!.GetValue<string>()));
        Assert.Equal(("ByteLevel", false), (llama3[1]!["type"]!.GetValue<string>(), llama3[1]!["use_regex"]!.GetValue<bool>()));
    }

    [Fact]
    public void Merging_by_score_is_the_order_of_merges_that_is_written()
    {
        var inputs = new TokenizerInputs();
        var made = (ScoreMergingTokenizer)Tokenizer.Load(folder.Write("made.bin", TokenizerFiles.Llama2c(
            (" ", -30), ("a", -31), ("b", -32), ("é", -33), ("aa", -1), ("aaa", -2), (" a", -3), ("ab", -4), ("ba", -5), ("aba", -6), (" ab", -7), ("th", -8), ("t", -34), ("h", -35), ("e", -36), ("the", -9), ("he", -10))));
        AssertSameIds(made, [.. Enumerable.Range(0, 300).Select(_ => inputs.Text(5)), .. Enumerable.Range(0, 300).Select(_ => Letters(inputs.Random, "ab é", 12)), "", " ", "aaaaaaaaa"]);
    }

    [Fact]
    public void The_published_tokenizer_of_512_tokens_is_written_with_its_ids()
    {
        var published = (ScoreMergingTokenizer)Tokenizer.Load(SharedData.Require("reference", "stories260K", "tok512.bin"));
        var inputs = new TokenizerInputs();
        AssertSameIds(published, [.. Enumerable.Range(0, 200).Select(_ => inputs.Text(20)), "Once upon a time, there was a little girl named Lily. She loved to play outside."]);
    }

    [Fact]
    public void What_an_order_of_merges_cannot_say_is_refused_with_the_reason()
    {
        Obstacle("have the same score, and an order of merges has no ties", ("a", -9), ("b", -9), ("ab", -1), ("ba", -1));
        Obstacle("the token 260 has the character U+2581", ("a", -9), ("\u2581a", -1));
        Obstacle("would have the name '<s>' of another one", ("<s>", -9));
        Obstacle("the token 259, '<0x4a>', would be taken for a byte", ("<0x4a>", -9));
        Obstacle("no token is a space", ("a", -9));
        Assert.Null(TransformersTokenizer.FindObstacle(ByteTokenizer.Instance));
        var twice = new BytePairTokenizer(TrainedTokenizers.Of(["a b"]) with { Added = [new AddedToken(300, "ab", Special: true)] });
        Assert.Contains("'ab' is written like a token of text", TransformersTokenizer.FindObstacle(twice), StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static string Letters(Random random, string letters, int count) =>
        new([.. Enumerable.Range(0, count).Select(_ => letters[random.Next(letters.Length)])]);

    private void Obstacle(string reason, params (string Text, float Score)[] pieces)
    {
        var tokenizer = Tokenizer.Load(folder.Write("obstacle.bin", TokenizerFiles.Llama2c(pieces)));
        Assert.Contains(reason, TransformersTokenizer.FindObstacle(tokenizer) ?? "", StringComparison.Ordinal);
    }

    private JsonObject Written(Tokenizer tokenizer, out string file)
    {
        string target = folder[$"{Guid.NewGuid():N}"];
        Directory.CreateDirectory(target);
        TransformersTokenizer.Write(target, tokenizer, new HuggingFaceConfig
        {
            Model = HuggingFaceFolders.Shape with { Vocabulary = tokenizer.VocabularySize },
            BeginningOfText = tokenizer.EndOfText,
            EndsOfText = tokenizer.EndOfText is { } end ? [end] : [],
        });
        file = Path.Combine(target, "tokenizer.json");
        return JsonNode.Parse(File.ReadAllText(file))!.AsObject();
    }

    private void AssertSameIds(ScoreMergingTokenizer tokenizer, IEnumerable<string> texts)
    {
        Assert.Null(TransformersTokenizer.FindObstacle(tokenizer));
        JsonObject json = Written(tokenizer, out string file);
        Assert.Equal(tokenizer.Fingerprint, Tokenizer.Load(Path.Combine(Path.GetDirectoryName(file)!, "tokenizer.bin")).Fingerprint);
        var encoder = new NaiveByteFallback(json);
        var read = Tokenizer.Load(file);
        Assert.Equal(tokenizer.AddedTokens, read.AddedTokens);
        foreach (string text in texts)
        {
            int[] expected = tokenizer.Encode(text);
            Assert.Equal(expected, encoder.Encode(text));
            Assert.Equal(text, encoder.Decode(expected));
            Assert.Equal(expected, read.Encode(text));
            Assert.Equal(text, read.DecodeText(expected));
        }
    }
}

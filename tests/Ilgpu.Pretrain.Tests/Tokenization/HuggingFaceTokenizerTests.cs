using System.Text;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>tokenizer.json as it is written here, and in the dialects in which it is found.</summary>
public sealed class HuggingFaceTokenizerTests
{
    private static readonly AddedToken End = new(300, "<|end|>", Special: true);

    public static TheoryData<string> Kinds => [.. Made.Keys];

    private static Dictionary<string, Func<Tokenizer>> Made { get; } = new()
    {
        ["trained, GPT-2's pieces"] = () => new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2)),
        ["trained, Llama 3's pieces"] = () => new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Llama3)),
        ["with whole pieces first"] = () => new BytePairTokenizer(TrainedTokenizers.Of(["b c", "a b", "ab c"], wholePiecesFirst: true, unmade: ["xyz"])),
        ["with a prefix space"] = () => new BytePairTokenizer(TrainedTokenizers.Of(["Ġ t"]) with { PrefixSpace = true }),
        ["with added tokens and gaps between their ids"] = () => new BytePairTokenizer(TrainedTokenizers.Of(["Ġ t"], [new(270, " x", false), End, new(280, "größer \"quoted\" \\", false)])),
        ["without merges"] = () => new BytePairTokenizer(TrainedTokenizers.Of([])),
        ["of ranks"] = RanksWithEqualOnes,
        ["of characters"] = () => CharacterTokenizer.Of([.. "the mother\n\"\\<{é模🙂".EnumerateRunes().Distinct()], withEndOfText: true),
        ["of characters without an end"] = () => CharacterTokenizer.Of([.. "the mother é\n".EnumerateRunes().Distinct()], withEndOfText: false),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_written_is_read_back(string kind)
    {
        Tokenizer tokenizer = Made[kind]();
        Tokenizer read = TokenizerFiles.WrittenAndRead(tokenizer);
        Assert.Equal(tokenizer.Fingerprint, read.Fingerprint);
        Assert.Equal(tokenizer.AddedTokens, read.AddedTokens);
        Assert.Equal(tokenizer.VocabularySize, read.VocabularySize);
        Assert.Equal(tokenizer.EndOfText, read.EndOfText);
        Assert.Equal(tokenizer.Description, read.Description);
        Assert.Equal(TokenizerFiles.Written(tokenizer), TokenizerFiles.Written(read));
        string text = tokenizer is CharacterTokenizer ? "the other\nmother" : new TokenizerInputs().Text(400) + " abc aaaaaaaaa xyz größer \"quoted\" \\";
        Assert.Equal(tokenizer.Encode(text), read.Encode(text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Merges_are_read_as_texts_and_as_pairs(bool asPairs)
    {
        BytePairModel model = TrainedTokenizers.Model(PreTokenization.Gpt2);
        JsonObject file = TokenizerFiles.HuggingFace(model);
        JsonArray merges = file["model"]!["merges"]!.AsArray();
        if (asPairs)
            file["model"]!["merges"] = new JsonArray([.. merges.Select(merge => new JsonArray([.. merge!.GetValue<string>().Split(' ').Select(part => JsonValue.Create(part))]))]);
        Assert.Equal(new BytePairTokenizer(model).Fingerprint, Read(file).Fingerprint);
    }

    [Fact]
    public void A_model_without_a_type_is_known_by_its_merges()
    {
        JsonObject file = File(PreTokenization.Gpt2);
        Assert.True(file["model"]!.AsObject().Remove("type"));
        Assert.Equal(new BytePairTokenizer(TrainedTokenizers.Model(PreTokenization.Gpt2)).Fingerprint, Read(file).Fingerprint);
    }

    [Theory]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}""", PreTokenization.Gpt2)]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""", PreTokenization.Gpt2)]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}""", PreTokenization.Gpt2)]
    [InlineData("""
        {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "behavior": "Isolated", "invert": false, "pattern":
                {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """, PreTokenization.Llama3)]
    [InlineData("""
        {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "behavior": "Isolated", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"}},
            {"type": "ByteLevel", "use_regex": false}]}
        """, PreTokenization.Gpt2)]
    public void Pre_tokenizers_are_read_in_the_ways_they_are_written(string preTokenizer, PreTokenization expected)
    {
        JsonObject file = File(PreTokenization.Gpt2);
        file["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
        var tokenizer = Assert.IsType<BytePairTokenizer>(Read(file));
        Assert.Equal(expected, tokenizer.Model.Pieces);
        Assert.False(tokenizer.Model.PrefixSpace);
    }

    /// <summary>The vocabulary has every byte: nothing is unknown.</summary>
    [Fact]
    public void A_token_for_what_is_unknown_changes_nothing()
    {
        JsonObject file = File(PreTokenization.Gpt2);
        file["model"]!["unk_token"] = "<unk>";
        Assert.Equal(Read(File(PreTokenization.Gpt2)).Fingerprint, Read(file).Fingerprint);
    }

    /// <summary>As Llama 3's file: every way to part a token, and tokens that no merge makes.</summary>
    [Fact]
    public void Whole_pieces_come_first_where_merges_are_ignored()
    {
        JsonObject file = TokenizerFiles.HuggingFace(TrainedTokenizers.Of(["b c", "a b", "ab c"]));
        file["model"]!["ignore_merges"] = true;
        Tokenizer tokenizer = Read(file);
        Assert.Equal(["abc"], tokenizer.Encode("abc").Select(tokenizer.Show));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Added_tokens_are_read_in_and_outside_the_vocabulary(bool special, bool inVocabulary)
    {
        JsonObject file = TokenizerFiles.HuggingFace(TrainedTokenizers.Of(["Ġ t"], [new(257, "<x>", special), new(400, "<y>", special)]));
        if (!inVocabulary)
        {
            Assert.True(file["model"]!["vocab"]!.AsObject().Remove("<x>"));
            Assert.True(file["model"]!["vocab"]!.AsObject().Remove("<y>"));
        }

        Tokenizer tokenizer = Read(file);
        Assert.Equal([new AddedToken(257, "<x>", special), new AddedToken(400, "<y>", special)], tokenizer.AddedTokens);
        Assert.Equal(401, tokenizer.VocabularySize);
        Assert.Equal(special ? 6 : 2, tokenizer.Encode("<x><y>").Length);
        Assert.Equal(special ? "" : "<x><y>", tokenizer.DecodeText([257, 400, 300]));
    }

    [Fact]
    public void A_file_without_added_tokens_has_none()
    {
        JsonObject file = TokenizerFiles.HuggingFace(TrainedTokenizers.Of(["Ġ t"]));
        Assert.True(file.Remove("added_tokens"));
        Assert.Empty(Read(file).AddedTokens);
        file["added_tokens"] = null;
        Assert.Null(Read(file).EndOfText);
    }

    private static JsonObject File(PreTokenization rule) => TokenizerFiles.HuggingFace(TrainedTokenizers.Model(rule));

    private static Tokenizer Read(JsonObject file)
    {
        using var folder = new TemporaryFolder();
        return Tokenizer.Load(folder.Write("tokenizer.json", Encoding.UTF8.GetBytes(file.ToJsonString())));
    }

    /// <summary>aaa and aaaa are each made in two ways and more, of equal rank.</summary>
    private static Tokenizer RanksWithEqualOnes()
    {
        using var folder = new TemporaryFolder();
        string[] lines = TokenizerFiles.Tiktoken(TrainedTokenizers.Of(["a a", "aa a", "aa aa", "aaa aa"]));
        return Tokenizer.Load(folder.Write("x.tiktoken", string.Join('\n', lines)), PreTokenization.Gpt2);
    }
}

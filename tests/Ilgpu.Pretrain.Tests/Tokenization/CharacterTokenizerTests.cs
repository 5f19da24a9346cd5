using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class CharacterTokenizerTests
{
    private static readonly CharacterTokenizer Tokenizer = Of("hello é模🙂\n");

    [Fact]
    public void Ids_are_in_the_order_of_code_points_and_end_of_text_is_the_last_id()
    {
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8], Tokenizer.Encode("\n ehloé模🙂"));
        Assert.Equal(9, Tokenizer.EndOfText);
        Assert.Equal(10, Tokenizer.VocabularySize);
        Assert.Equal("", Tokenizer.DecodeText([9]));
    }

    [Fact]
    public void Without_an_end_of_text_there_are_the_characters_alone()
    {
        var tokenizer = CharacterTokenizer.Of([new Rune('a'), new Rune('b')], withEndOfText: false);
        Assert.Null(tokenizer.EndOfText);
        Assert.Equal(2, tokenizer.VocabularySize);
        Assert.Empty(tokenizer.AddedTokens);
        Assert.NotEqual(Of("ab").Fingerprint, tokenizer.Fingerprint);
    }

    [Fact]
    public void Any_text_of_its_characters_comes_back() => Prop.ForAll<string>(text =>
    {
        string valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        CharacterTokenizer tokenizer = Of(valid + "a");
        int[] ids = tokenizer.Encode(valid);
        return tokenizer.DecodeText(ids) == valid && ids.Length == valid.EnumerateRunes().Count();
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void All_characters_there_are_come_back()
    {
        Rune[] all = [.. Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(value => new Rune(value))];
        string text = string.Concat(all);
        var tokenizer = CharacterTokenizer.Of(all, withEndOfText: true);
        int[] ids = tokenizer.Encode(text);
        Assert.Equal(Enumerable.Range(0, all.Length), ids);
        Assert.Equal(text, tokenizer.DecodeText(ids));
    }

    [Theory]
    [InlineData("help", "the character U+0070 'p' is none of the tokenizer's 9 characters")]
    [InlineData("h\r\n", "the character U+000D '\\u000D' is none of the tokenizer's 9 characters")]
    [InlineData("heß", "the character U+00DF 'ß' is none of the tokenizer's 9 characters")]
    [InlineData("h🙃", "the character U+1F643 '🙃' is none of the tokenizer's 9 characters")]
    public void An_unknown_character_is_named(string text, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => Tokenizer.Encode(text)).Message);

    [Theory]
    [InlineData(new byte[] { (byte)'h', 0x80 }, "0x80")]
    [InlineData(new byte[] { (byte)'h', 0xC3 }, "0xC3")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x99 }, "0xF0")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "0xED")]
    public void Bytes_that_are_not_utf8_are_refused(byte[] text, string named)
    {
        var ids = new ArrayBufferWriter<int>();
        var e = Assert.Throws<InputException>(() => Tokenizer.Encode(text, ids));
        Assert.Equal($"the text is not UTF-8: the byte {named} begins no valid character", e.Message);
        Assert.Equal(0, ids.WrittenCount);
    }

    [Fact]
    public void Encoding_appends_and_takes_special_tokens_where_that_is_asked_for()
    {
        CharacterTokenizer tokenizer = Of("<|endoftext|> ab");
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode("a<|endoftext|>"u8, ids);
        Assert.Equal(14, ids.WrittenCount);
        tokenizer.EncodeWithSpecialTokens("b<|endoftext|>"u8, ids);
        Assert.Equal([.. tokenizer.Encode("a<|endoftext|>b"), tokenizer.EndOfText!.Value], ids.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    public void Ids_outside_the_vocabulary_are_refused(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizer.Decode([id]));

    [Theory]
    [InlineData("model/vocab/ab", "20", "the token 'ab' is not one character")]
    [InlineData("model/vocab/", "20", "the token '' is not one character")]
    [InlineData("model/vocab/x", "0", "have the same id 0")]
    [InlineData("model/vocab/x", "9", "the added token '<|endoftext|>' has the id 9 of the token 'x'")]
    [InlineData("model/vocab/x", "-3", "the id of the token 'x' is -3; it takes a whole number from 0 to 4194303")]
    [InlineData("model/vocab", "5", "model.vocab is 5; it takes an object")]
    [InlineData("added_tokens", "[{\"id\": 30, \"content\": \"x\"}]", "the added token 'x' is not special; a vocabulary of characters takes special ones only")]
    [InlineData("added_tokens", "[{\"id\": -1, \"content\": \"x\", \"special\": true}]", "entry 1 of added_tokens.id is -1; it takes a whole number from 0 to 4194303")]
    [InlineData("added_tokens", "[{\"id\": 9, \"content\": \"<|endoftext|>\", \"special\": true}, {\"id\": 3, \"content\": \"x\", \"special\": true}]", "the added token 'x' has the id 3 of the token")]
    [InlineData("added_tokens", "[{\"id\": 30, \"content\": \"h\", \"special\": true}]", "'h' has the id 3 in the vocabulary and 30 among the added tokens")]
    [InlineData("added_tokens", "[{\"id\": 30, \"content\": \"\", \"special\": true}]", "the added token with the id 30 is empty")]
    [InlineData("pre_tokenizer", "null", "a word-level model is supported with single characters only, as this program writes it")]
    [InlineData("pre_tokenizer/type", "\"Whitespace\"", "a word-level model is supported with single characters only")]
    [InlineData("pre_tokenizer/behavior", "\"Removed\"", "a word-level model is supported with single characters only")]
    [InlineData("pre_tokenizer/pattern/Regex", "\".\"", "a word-level model is supported with single characters only")]
    [InlineData("pre_tokenizer/pattern", "\".\"", "pre_tokenizer.pattern is \".\"; it takes an object")]
    public void What_is_wrong_with_a_file_is_said_in_one_line(string path, string value, string complaint)
    {
        JsonNode file = JsonNode.Parse(TokenizerFiles.Written(Tokenizer))!;
        string[] parts = path.Split('/');
        parts[..^1].Aggregate(file, (node, part) => node[part]!)[parts[^1]] = JsonNode.Parse(value);
        using var folder = new TemporaryFolder();
        string name = folder.Write("tokenizer.json", file.ToJsonString());
        var e = Assert.Throws<InputException>(() => Pretrain.Tokenization.Tokenizer.Load(name));
        Assert.StartsWith($"tokenizer: '{name}': ", e.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    private static CharacterTokenizer Of(string text) => CharacterTokenizer.Of([.. text.EnumerateRunes().Distinct()], withEndOfText: true);
}

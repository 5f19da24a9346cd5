using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Contradictions and wrong kinds in JSON files: one line that names the field, what it has and what it takes.</summary>
public sealed class MalformedTokenizerTests
{
    private const string Range = "it takes a whole number from 0 to 4194303";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Tokens 256 "ab" and 257 "abc", added tokens 258 (special) and 259 (text).</summary>
    private static readonly BytePairModel Model =
        TrainedTokenizers.Of(["a b", "ab c"], [new(258, "<x>", Special: true), new(259, "<y>", Special: false)]);

    /// <summary>A path in the file, what is put there, and how the complaint goes on behind the file's name.</summary>
    [Theory]
    [InlineData("model", "null", "model is null; it takes an object")]
    [InlineData("model", "[]", "model is []; it takes an object")]
    [InlineData("model", "\"BPE\"", "model is \"BPE\"; it takes an object")]
    [InlineData("model/type", "5", "model.type is 5; it takes a text")]
    [InlineData("model/type", "\"Unigram\"", "the model 'Unigram' is not supported; it takes BPE (byte-level)")]
    [InlineData("model/dropout", "0.1", "model.dropout is 0.1; it takes none")]
    [InlineData("model/unk_token", "5", "model.unk_token is 5; it takes a text")]
    [InlineData("model/continuing_subword_prefix", "{}", "model.continuing_subword_prefix is {}; it takes none")]
    [InlineData("model/end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is \"</w>\"; it takes none")]
    [InlineData("model/byte_fallback", "true", "the pre-tokenizer ByteLevel is not supported with byte_fallback; it takes the normalizers Prepend '▁' and Replace ' ' by '▁', or the pre-tokenizer Metaspace")]
    [InlineData("model/byte_fallback", "\"yes\"", "model.byte_fallback is \"yes\"; it takes true or false")]
    [InlineData("model/ignore_merges", "1", "model.ignore_merges is 1; it takes true or false")]
    [InlineData("model/vocab", "null", "model.vocab is null; it takes an object")]
    [InlineData("model/vocab", "[1]", "model.vocab is [1]; it takes an object")]
    [InlineData("model/vocab", "{}", "there is no token for the byte 0x21 ('!'): text that has it could not be written")]
    [InlineData("model/vocab/a", "-1", "the id of the token 'a' is -1; " + Range)]
    [InlineData("model/vocab/a", "1.5", "the id of the token 'a' is 1.5; " + Range)]
    [InlineData("model/vocab/a", "4194304", "the id of the token 'a' is 4194304; " + Range)]
    [InlineData("model/vocab/a", "1e99", "the id of the token 'a' is 1e99; " + Range)]
    [InlineData("model/vocab/a", "\"64\"", "the id of the token 'a' is \"64\"; " + Range)]
    [InlineData("model/vocab/a", "null", "the id of the token 'a' is null; " + Range)]
    [InlineData("model/vocab/a", "65", "the tokens 'a' and 'b' have the same id 65")]
    [InlineData("model/vocab/ab", "258", "the added token '<x>' has the id 258 of the token 'ab'")]
    [InlineData("model/vocab/<x>", "300", "'<x>' has the id 300 in the vocabulary and 258 among the added tokens")]
    [InlineData("model/vocab/", "300", "the token of the id 300 is empty")]
    [InlineData("model/vocab/a b", "300", "the token 'a b' (id 300) has a character that stands for no byte: the vocabulary is not one of byte-level BPE")]
    [InlineData("model/vocab/\u2028\n", "300", "the token '\\u2028\\u000A' (id 300) has a character that stands for no byte")]
    [InlineData("model/vocab/▁the", "300", "the token '▁the' (id 300) has a character that stands for no byte")]
    [InlineData("model/merges", "null", "model.merges is null; it takes an array")]
    [InlineData("model/merges", "{}", "model.merges is {}; it takes an array")]
    [InlineData("model/merges/0", "5", "merge 1 is 5; a merge is two tokens")]
    [InlineData("model/merges/0", "null", "merge 1 is null; a merge is two tokens")]
    [InlineData("model/merges/0", "\"a\"", "merge 1 is \"a\"; a merge is two tokens")]
    [InlineData("model/merges/0", "\"a b c\"", "merge 1 is \"a b c\"; a merge is two tokens")]
    [InlineData("model/merges/0", "[\"a\", \"b\", \"c\"]", "merge 1 is [\"a\",\"b\",\"c\"]; a merge is two tokens")]
    [InlineData("model/merges/0", "[\"a\", 5]", "a token of merge 1 is 5; it takes a text")]
    [InlineData("model/merges/1", "\"a b\"", "merge 2 ('a b') repeats merge 1")]
    [InlineData("model/merges/1", "\"ab d\"", "merge 2 ('ab d') has the token 'abd', which the vocabulary lacks")]
    [InlineData("model/merges/1", "\"abd c\"", "merge 2 ('abd c') has the token 'abdc', which the vocabulary lacks")]
    [InlineData("model/merges/1", "\"<x >\"", "merge 2 ('<x >') has the token '<x>', which is an added or special token")]
    [InlineData("added_tokens", "{}", "added_tokens is {}; it takes an array")]
    [InlineData("added_tokens", "\"none\"", "added_tokens is \"none\"; it takes an array")]
    [InlineData("added_tokens/0", "5", "entry 1 of added_tokens is 5; it takes an object")]
    [InlineData("added_tokens/1", "null", "entry 2 of added_tokens is null; it takes an object")]
    [InlineData("added_tokens/0/id", "\"258\"", "entry 1 of added_tokens.id is \"258\"; " + Range)]
    [InlineData("added_tokens/0/id", "-1", "entry 1 of added_tokens.id is -1; " + Range)]
    [InlineData("added_tokens/0/id", "99999999999", "entry 1 of added_tokens.id is 99999999999; " + Range)]
    [InlineData("added_tokens/0/id", "259", "'<x>' has the id 258 in the vocabulary and 259 among the added tokens")]
    [InlineData("added_tokens/0/content", "null", "entry 1 of added_tokens.content is null; it takes a text")]
    [InlineData("added_tokens/0/content", "5", "entry 1 of added_tokens.content is 5; it takes a text")]
    [InlineData("added_tokens/0/content", "\"\"", "the added token with the id 258 is empty")]
    [InlineData("added_tokens/0/content", "\"<y>\"", "'<y>' has the id 259 in the vocabulary and 258 among the added tokens")]
    [InlineData("added_tokens/0/content", "\"a\"", "'a' has the id 64 in the vocabulary and 258 among the added tokens")]
    [InlineData("added_tokens/0/special", "\"true\"", "entry 1 of added_tokens.special is \"true\"; it takes true or false")]
    [InlineData("added_tokens/0/lstrip", "true", "the added token '<x>' asks for lstrip, which is not supported")]
    [InlineData("added_tokens/0/rstrip", "true", "the added token '<x>' asks for rstrip, which is not supported")]
    [InlineData("added_tokens/1/single_word", "true", "the added token '<y>' asks for single_word, which is not supported")]
    [InlineData("normalizer", "{\"type\": \"NFC\"}", "the normalizer NFC is not supported; it takes none")]
    [InlineData("normalizer", "\"NFC\"", "normalizer is \"NFC\"; it takes an object")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer is null; it takes an object")]
    [InlineData("pre_tokenizer", "[]", "pre_tokenizer is []; it takes an object")]
    [InlineData("pre_tokenizer/type", "5", "pre_tokenizer.type is 5; it takes a text")]
    [InlineData("pre_tokenizer/type", "\"Metaspace\"", "the pre-tokenizer is neither GPT-2's (ByteLevel) nor a Split by the pattern of GPT-2 or Llama 3 with ByteLevel behind it")]
    [InlineData("pre_tokenizer/use_regex", "false", "the pre-tokenizer is neither GPT-2's")]
    [InlineData("pre_tokenizer/add_prefix_space", "0", "pre_tokenizer.add_prefix_space is 0; it takes true or false")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\"}", "the pre-tokenizer is neither GPT-2's")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": 5}", "pre_tokenizer.pretokenizers is 5; it takes an array")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [5]}", "entry 1 of pre_tokenizer.pretokenizers is 5; it takes an object")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\"}, {\"type\": \"ByteLevel\"}]}", "the pre-tokenizer is neither GPT-2's")]
    public void What_is_wrong_is_said_in_one_line(string path, string value, string complaint)
    {
        JsonNode file = TokenizerFiles.HuggingFace(Model);
        Put(file, path.Split('/'), JsonNode.Parse(value));
        RequireComplaint("tokenizer.json", file.ToJsonString(Relaxed), complaint);
    }

    /// <summary>Each of them is needed: none is made up where it is missing.</summary>
    [Theory]
    [InlineData("model", "model is missing; it takes an object")]
    [InlineData("model/vocab", "model.vocab is missing; it takes an object")]
    [InlineData("model/vocab/a", "there is no token for the byte 0x61 ('a'): text that has it could not be written")]
    [InlineData("model/merges", "model.merges is missing; it takes an array")]
    [InlineData("pre_tokenizer", "pre_tokenizer is missing; it takes an object")]
    [InlineData("pre_tokenizer/type", "the pre-tokenizer is neither GPT-2's")]
    [InlineData("added_tokens/0/id", "entry 1 of added_tokens.id is missing; it takes an id")]
    [InlineData("added_tokens/0/content", "entry 1 of added_tokens.content is missing; it takes a text")]
    public void What_is_missing_is_said_in_one_line(string path, string complaint)
    {
        JsonNode file = TokenizerFiles.HuggingFace(Model);
        string[] parts = path.Split('/');
        Assert.True(Find(file, parts[..^1]).AsObject().Remove(parts[^1]));
        RequireComplaint("tokenizer.json", file.ToJsonString(Relaxed), complaint);
    }

    [Theory]
    [InlineData("""{"added_tokens": [{"id": 300, "content": "<x>"}, {"id": 301, "content": "<x>"}]""", "the added token '<x>' is there twice")]
    [InlineData("""{"added_tokens": [{"id": 300, "content": "<x>"}, {"id": 300, "content": "<y>"}]""", "the added tokens '<x>' and '<y>' have the same id 300")]
    [InlineData("""{"added_tokens": [{"id": 64, "content": "<x>"}]""", "the added token '<x>' has the id 64 of the token 'a'")]
    [InlineData("""{"added_tokens": [{"id": 64, "content": "a"}]""", "there is no token for the byte 0x61 ('a'): text that has it could not be written")]
    [InlineData("""{"added_tokens": [{"id": 256, "content": "ab", "special": true}]""", "merge 1 ('a b') has the token 'ab', which is an added or special token")]
    public void Added_tokens_that_clash_are_refused(string head, string complaint)
    {
        JsonObject file = TokenizerFiles.HuggingFace(TrainedTokenizers.Of(["a b"]));
        file["added_tokens"] = JsonNode.Parse(head + "}")!["added_tokens"]!.DeepClone();
        RequireComplaint("tokenizer.json", file.ToJsonString(Relaxed), complaint);
    }

    /// <summary>Hugging Face's library puts the space before each piece there, not before the text.</summary>
    [Fact]
    public void A_prefix_space_behind_a_split_is_refused()
    {
        JsonObject file = TokenizerFiles.HuggingFace(TrainedTokenizers.Model(PreTokenization.Llama3));
        file["pre_tokenizer"]!["pretokenizers"]![1]!["add_prefix_space"] = true;
        RequireComplaint("tokenizer.json", file.ToJsonString(Relaxed), "the pre-tokenizer puts a space before each piece");
        file["pre_tokenizer"]!["pretokenizers"]![1]!["add_prefix_space"] = false;
        file["pre_tokenizer"]!["pretokenizers"]![0]!["behavior"] = "Removed";
        RequireComplaint("tokenizer.json", file.ToJsonString(Relaxed), "the pre-tokenizer is neither GPT-2's");
        file["pre_tokenizer"]!["pretokenizers"]![0]!["behavior"] = "Isolated";
        file["pre_tokenizer"]!["pretokenizers"]![0]!["invert"] = true;
        RequireComplaint("tokenizer.json", file.ToJsonString(Relaxed), "the pre-tokenizer is neither GPT-2's");
    }

    [Theory]
    [InlineData("", "it is not JSON that can be used (line 1, byte 1): The input does not contain any JSON tokens")]
    [InlineData("[1]", "it is a JSON array; a tokenizer is an object")]
    [InlineData("{\"model\": {\n\n  oops", "it is not JSON that can be used (line 3, byte 3): 'o' is an invalid start of a property name")]
    [InlineData("{\n\n\n  \"a\": 1,,", "it is not JSON that can be used (line 4, byte 10): ")]
    [InlineData("{\"model\": {}, \"model\": {}}", "it is not JSON that can be used: Duplicate property 'model'")]
    [InlineData("{\"model\": {\"vocab\": {\"a\": 1, \"a\": 2}}}", "it is not JSON that can be used: Duplicate property 'a'")]
    [InlineData("{\"model\": {\"type\": \"\\ud800\"}}", "it has a text that is not Unicode")]
    [InlineData("{\"version\": \"1.0\"}", "model is missing; it takes an object")]
    public void Json_that_cannot_be_used_is_refused(string json, string complaint) => RequireComplaint("tokenizer.json", json, complaint);

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] noise = new byte[500];
        new TokenizerInputs().Random.NextBytes(noise);
        foreach (string name in (string[])["tokenizer.json", "x.tiktoken", "tokenizer.model", "tokenizer.bin"])
            RequireOneLine(name, noise);
        RequireOneLine("tokenizer.json", [.. "{\"model\": {\"type\": \""u8, 0xFF, 0xC3, .. "\"}}"u8]);
    }

    [Theory]
    [InlineData("{\"a\": 1}", "there is no token for the byte 0x21")]
    [InlineData("{\"a\": \"1\"}", "the id of the token 'a' is \"1\"; " + Range)]
    [InlineData("{\"model\": {}}", "model.type is missing")]
    public void A_vocabulary_of_something_else_is_refused(string json, string complaint)
    {
        using var folder = new TemporaryFolder();
        _ = folder.Write("merges.txt", "");
        var e = Assert.Throws<InputException>(() => Tokenizer.Load(folder.Write("vocab.json", json)));
        Assert.Contains(complaint, e.Message, StringComparison.Ordinal);
    }

    private static void RequireComplaint(string name, string content, string complaint)
    {
        string message = RequireOneLine(name, Encoding.UTF8.GetBytes(content));
        Assert.Contains(complaint, message, StringComparison.Ordinal);
    }

    private static string RequireOneLine(string name, byte[] content)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(name, content);
        var e = Assert.Throws<InputException>(() => Tokenizer.Load(file, PreTokenization.Gpt2));
        Assert.StartsWith($"tokenizer: '{file}': ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
        return e.Message;
    }

    private static void Put(JsonNode file, string[] path, JsonNode? value)
    {
        JsonNode parent = Find(file, path[..^1]);
        if (parent is JsonArray array)
            array[int.Parse(path[^1])] = value;
        else
            parent[path[^1]] = value;
    }

    private static JsonNode Find(JsonNode file, string[] path) =>
        path.Aggregate(file, (node, part) => node is JsonArray array ? array[int.Parse(part)]! : node[part]!);
}

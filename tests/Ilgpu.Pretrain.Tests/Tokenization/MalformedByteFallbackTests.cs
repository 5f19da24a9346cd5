using System.Text;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>What a Llama 2 tokenizer.json asks for and is not done, or contradicts itself in: one line that names it.</summary>
public sealed class MalformedByteFallbackTests
{
    private const string Spaces = "it takes the normalizers Prepend '\u2581' and Replace ' ' by '\u2581', or the pre-tokenizer Metaspace";
    private const string Decoders = "it takes Replace '\u2581' by ' ', ByteFallback and Fuse, perhaps with Strip of one ' ' at the start";

    /// <summary>A path in the file, what is put there (nothing: it is taken out), and the complaint.</summary>
    [Theory]
    [InlineData("normalizer", "{\"type\": \"NFC\"}", "the normalizer NFC is not supported as it stands there; " + Spaces)]
    [InlineData("normalizer", "null", "nothing is done with spaces, and model.byte_fallback is true; " + Spaces)]
    [InlineData("normalizer", "5", "normalizer is 5; it takes an object")]
    [InlineData("normalizer/normalizers", "[]", "nothing is done with spaces")]
    [InlineData("normalizer/normalizers", null, "normalizer.normalizers is missing; it takes an array")]
    [InlineData("normalizer/normalizers/0", "5", "entry 1 of normalizer.normalizers is 5; it takes an object")]
    [InlineData("normalizer/normalizers/0/prepend", "\"_\"", "the normalizer Prepend is not supported as it stands there")]
    [InlineData("normalizer/normalizers/0/prepend", null, "entry 1 of normalizer.normalizers.prepend is missing; it takes a text")]
    [InlineData("normalizer/normalizers/0", "{\"type\": \"NFKC\"}", "the normalizer NFKC is not supported as it stands there")]
    [InlineData("normalizer/normalizers/1", "{\"type\": \"Prepend\", \"prepend\": \"▁\"}", "the normalizer Prepend is not supported as it stands there")]
    [InlineData("normalizer/normalizers/1/pattern", "{\"Regex\": \" \"}", "the normalizer Replace is not supported as it stands there")]
    [InlineData("normalizer/normalizers/1/content", "\"_\"", "the normalizer Replace is not supported as it stands there")]
    [InlineData("normalizer", "{\"type\": \"Prepend\", \"prepend\": \"▁\"}", "the normalizer Replace ' ' by '▁' is missing")]
    [InlineData("pre_tokenizer", "{\"type\": \"Digits\"}", "it has a normalizer and a pre_tokenizer; " + Spaces)]
    [InlineData("decoder", "null", "the decoder (none) is not supported with byte_fallback; " + Decoders)]
    [InlineData("decoder", "{\"type\": \"Metaspace\"}", "the decoder (Metaspace) is not supported with byte_fallback; " + Decoders)]
    [InlineData("decoder/decoders/0/content", "\"_\"", "the decoder (Replace, ByteFallback, Fuse, Strip) is not supported as it stands there")]
    [InlineData("decoder/decoders/3/start", "2", "the decoder (Replace, ByteFallback, Fuse, Strip) is not supported as it stands there")]
    [InlineData("decoder/decoders/3/stop", "1", "the decoder (Replace, ByteFallback, Fuse, Strip) is not supported as it stands there")]
    [InlineData("decoder/decoders/3/content", "\"▁\"", "the decoder (Replace, ByteFallback, Fuse, Strip) is not supported as it stands there")]
    [InlineData("decoder/decoders/1", "{\"type\": \"Fuse\"}", "the decoder (Replace, Fuse, Fuse, Strip) is not supported")]
    [InlineData("model/dropout", "0.1", "model.dropout is 0.1; it takes none")]
    [InlineData("model/ignore_merges", "true", "model.ignore_merges is true, which is not supported with byte_fallback")]
    [InlineData("model/fuse_unk", "\"no\"", "model.fuse_unk is \"no\"; it takes true or false")]
    [InlineData("model/unk_token", "5", "model.unk_token is 5; it takes a text")]
    [InlineData("model/byte_fallback", "false", "the normalizer Sequence is not supported; it takes none, where model.byte_fallback is not true")]
    [InlineData("model/vocab/<0x41>", null, "there is no token '<0x41>' for a byte, and model.byte_fallback is true")]
    [InlineData("model/vocab/▁", null, "there is no token '▁', which stands for a space")]
    [InlineData("model/vocab/a", "259", "the tokens '▁' and 'a' have the same id 259")]
    [InlineData("model/vocab/", "300", "the token of the id 300 is empty")]
    [InlineData("model/vocab/a", "1", "the added token '<s>' has the id 1 of the token 'a'")]
    [InlineData("model/vocab/<s>", "7", "'<s>' has the id 7 in the vocabulary and 1 among the added tokens")]
    [InlineData("model/merges/0", "\"a c\"", "merge 1 ('a c') has the token 'ac', which the vocabulary lacks")]
    [InlineData("model/merges/0", "\"<0x41> a\"", "merge 1 ('<0x41> a') has the token '<0x41>a', which the vocabulary lacks")]
    [InlineData("model/merges/0", "\"<0x 41>\"", "merge 1 ('<0x 41>') has the token '<0x41>', which stands for a byte")]
    [InlineData("model/merges/0", "\"< s>\"", "merge 1 ('< s>') has the token '<s>', which is an added or special token")]
    [InlineData("model/merges/0", "\"a\"", "merge 1 is \"a\"; a merge is two tokens")]
    [InlineData("model/merges/1", "\"a b\"", "merge 2 ('a b') repeats merge 1")]
    [InlineData("added_tokens/1/normalized", "true", null)]
    [InlineData("added_tokens/0/rstrip", "true", "the added token '<unk>' asks for rstrip, which is not supported")]
    public void What_is_wrong_is_said_in_one_line(string path, string? value, string? complaint) => Require(File(), path, value, complaint);

    [Theory]
    [InlineData("pre_tokenizer/type", "\"Whitespace\"", "the pre-tokenizer Whitespace is not supported with byte_fallback; " + Spaces)]
    [InlineData("pre_tokenizer/replacement", "\"_\"", "Metaspace writes a space as '_'; it takes '▁'")]
    [InlineData("pre_tokenizer/replacement", null, "pre_tokenizer.replacement is missing; it takes a text")]
    [InlineData("pre_tokenizer/prepend_scheme", "\"last\"", "Metaspace has prepend_scheme 'last'; it takes first, always or never")]
    [InlineData("pre_tokenizer/prepend_scheme", "5", "pre_tokenizer.prepend_scheme is 5; it takes a text")]
    [InlineData("pre_tokenizer/add_prefix_space", "false", "Metaspace has add_prefix_space false and prepend_scheme 'first', which contradict each other")]
    [InlineData("pre_tokenizer/split", "1", "pre_tokenizer.split is 1; it takes true or false")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Metaspace\"}, {\"type\": \"Digits\"}]}", "pre_tokenizer has 2 steps; " + Spaces)]
    public void What_Metaspace_does_not_do_here_is_said_in_one_line(string path, string? value, string complaint) =>
        Require(File().WithMetaspace("\"prepend_scheme\": \"first\", \"split\": false"), path, value, complaint);

    /// <summary>They would be looked for where the normalizers have put marks.</summary>
    [Fact]
    public void Added_tokens_of_text_are_taken_as_written_or_not_at_all()
    {
        JsonObject file = File();
        JsonObject added = ByteFallbackFiles.Added(275, "<x>", special: false);
        added["normalized"] = true;
        file["added_tokens"]!.AsArray().Add(added);
        Refused(file, "the added token '<x>' is looked for in normalised text (normalized), which is not supported");
        Assert.Equal("<x>", ByteFallbackFiles.Read(file.WithMetaspace("\"prepend_scheme\": \"first\"")).AddedTokens[^1].Content);
    }

    /// <summary>Merges cannot lead back: each makes a longer token than its parts. What is there a million times is read once.</summary>
    [Fact]
    public void Depth_and_numbers_of_merges_take_no_memory_that_the_file_has_not()
    {
        Assert.Contains("it is not JSON that can be used", Message(string.Concat(Enumerable.Repeat("{\"model\":", 100_000))), StringComparison.Ordinal);
        Assert.Contains("it is not JSON that can be used", Message("{\"normalizer\":" + string.Concat(Enumerable.Repeat("[", 1_000_000))), StringComparison.Ordinal);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string json = File().ToJsonString();
        string many = string.Concat(Enumerable.Repeat("\"b a\",", 300_000));
        Assert.Contains("merge 2 ('b a') repeats merge 1", Message(json.Replace("\"merges\":[", $"\"merges\":[{many}", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 28);
    }

    /// <summary>Tokens 259 to 262: "▁", "a", "b", "ab"; "ba" and two tokens with angle brackets for merges that go wrong.</summary>
    private static JsonObject File()
    {
        JsonObject file = ByteFallbackFiles.Of([" ", "a", "b", "ab"], "a|b", "b|a");
        JsonNode vocabulary = file["model"]!["vocab"]!;
        vocabulary["ba"] = 270;
        vocabulary["<"] = 271;
        vocabulary["s>"] = 272;
        vocabulary["<0x"] = 273;
        vocabulary["41>"] = 274;
        return file;
    }

    private static void Require(JsonObject file, string path, string? value, string? complaint)
    {
        string[] parts = path.Split('/');
        JsonNode parent = parts[..^1].Aggregate((JsonNode)file, (node, part) => node is JsonArray array ? array[int.Parse(part)]! : node[part]!);
        if (value is null)
            Assert.True(parent.AsObject().Remove(parts[^1]));
        else if (parent is JsonArray array)
            array[int.Parse(parts[^1])] = JsonNode.Parse(value);
        else
            parent[parts[^1]] = JsonNode.Parse(value);
        if (complaint is null)
            _ = ByteFallbackFiles.Read(file);
        else
            Refused(file, complaint);
    }

    private static void Refused(JsonObject file, string complaint) =>
        Assert.Contains(complaint, Message(file.ToJsonString()), StringComparison.Ordinal);

    private static string Message(string json)
    {
        using var folder = new MemoryFolder();
        string path = folder.Write("tokenizer.json", Encoding.UTF8.GetBytes(json));
        string message = Assert.Throws<InputException>(() => Tokenizer.Load(path)).Message;
        Assert.StartsWith($"tokenizer: '{path}': ", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        return message;
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Small files of Llama 1 and 2's kind of tokenizer.json, as objects whose fields can be changed.</summary>
internal static class ByteFallbackFiles
{
    /// <summary>Id of the first piece: behind three special tokens and the bytes.</summary>
    public const int Pieces = 259;

    /// <summary>As transformers writes Llama 2's: normalizers, merges as texts.</summary>
    /// <param name="pieces">Written with a space for the mark.</param>
    /// <param name="merges">Of pieces, two with a bar between them.</param>
    public static JsonObject Of(string[] pieces, params string[] merges)
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        for (int value = 0; value < 256; value++)
            vocabulary[$"<0x{value:X2}>"] = 3 + value;
        for (int i = 0; i < pieces.Length; i++)
            vocabulary[Marked(pieces[i])] = Pieces + i;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(Added(0, "<unk>"), Added(1, "<s>"), Added(2, "</s>")),
            ["normalizer"] = JsonNode.Parse("""{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}"""),
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = JsonNode.Parse("""{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"""),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = "<unk>",
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)Marked(merge).Replace('|', ' '))]),
            },
        };
    }

    /// <summary>The same with Metaspace instead of the normalizers.</summary>
    public static JsonObject WithMetaspace(this JsonObject file, string fields)
    {
        file["normalizer"] = null;
        file["pre_tokenizer"] = JsonNode.Parse($$"""{"type": "Metaspace", "replacement": "▁", {{fields}}}""");
        return file;
    }

    public static JsonObject Added(int id, string content, bool special = true) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = special,
    };

    public static Tokenizer Read(JsonObject file)
    {
        using var folder = new MemoryFolder();
        return Tokenizer.Load(folder.Write("tokenizer.json", Encoding.UTF8.GetBytes(file.ToJsonString())));
    }

    private static string Marked(string text) => text.Replace(' ', '\u2581');
}

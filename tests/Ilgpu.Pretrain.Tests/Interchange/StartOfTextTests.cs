using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Tests.CommandLine;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>What a folder's files say of the tokens that begin and end texts is what is done; what they do not say is not made up.</summary>
public sealed class StartOfTextTests : IDisposable
{
    private const string Missing = "missing";

    private readonly TemporaryFolder folder = new();

    /// <summary>bos_token_id of config.json and generation_config.json, tokenizer_config.json, and the id that texts stand behind.</summary>
    [Theory]
    [InlineData("261", Missing, Missing, 261)]
    [InlineData("0", Missing, Missing, 0)]
    [InlineData(Missing, Missing, Missing, null)]
    [InlineData("null", Missing, Missing, null)]
    [InlineData(Missing, "5", Missing, 5)]
    [InlineData(Missing, "null", Missing, null)]
    [InlineData("null", "5", Missing, null)]
    [InlineData("7", "5", Missing, 7)]
    [InlineData("261", Missing, """{"bos_token": "<|endoftext|>"}""", 261)]
    [InlineData("261", Missing, """{"add_bos_token": true, "bos_token": "<|endoftext|>"}""", 261)]
    [InlineData("261", Missing, """{"add_bos_token": false, "bos_token": "<|endoftext|>"}""", null)]
    [InlineData("261", Missing, """{"add_bos_token": null}""", 261)]
    [InlineData(Missing, "261", """{"add_bos_token": false}""", null)]
    [InlineData(Missing, Missing, """{"bos_token": "<|endoftext|>"}""", null)]
    [InlineData(Missing, Missing, """{"add_bos_token": true, "bos_token": "<|endoftext|>"}""", 261)]
    [InlineData("null", Missing, """{"add_bos_token": true, "bos_token": {"content": "<|endoftext|>", "special": true}}""", 261)]
    [InlineData("null", Missing, """{"add_bos_token": true, "bos_token": null}""", null)]
    public void Texts_stand_behind_what_the_files_name(string config, string generation, string settings, int? start)
    {
        string source = Write("there", config, generation, settings);
        Assert.Equal(start, ModelFolder.Open(source).BeginningOfText);

        // Imported and exported, it is the same again.
        var imported = ModelImport.FromHuggingFace(source, null, folder["here"], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(start, imported.BeginningOfText);
        ModelExport.Write(folder["here"], folder["out"], new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(start, ModelFolder.Open(folder["out"]).BeginningOfText);
        Assert.Equal(start is null, Json("out", "tokenizer.json")["post_processor"] is null);
    }

    [Fact]
    public void Ends_of_texts_are_those_that_the_files_name()
    {
        Assert.Empty(Ends(Missing, Missing));
        Assert.Empty(Ends("null", "[3]"));
        Assert.Equal([3, 4], Ends(Missing, "[3, 4]"));
        Assert.Equal([5], Ends("5", "[3, 4]"));
    }

    [Fact]
    public void Nothing_stands_before_the_texts_of_a_model_without_a_start()
    {
        string source = Write("there", "null", Missing, Missing);
        Outcome imported = Call(0, "import", "--weights", source, "--out", folder["here"]);
        Assert.Contains("nothing stands before a text", imported.Output, StringComparison.Ordinal);
        using JsonDocument generated = JsonDocument.Parse(Call(0, "generate", folder["here"], "--prompt", "abc", "--tokens", "4", "--device", "cpu", "--json").Output);
        int[] ids = [.. generated.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        Assert.Equal(ModelFolder.Open(source).Tokenizer.Encode("abc"), ids[..1]);
        Assert.Contains("this model has no token that begins a text", Call(2, "generate", folder["here"], "--tokens", "4", "--device", "cpu").ErrorLine, StringComparison.Ordinal);

        string text = folder.Write("text.txt", "abcabc ab cd");
        Assert.Contains("Nothing stands before a document: the model's files put no token there. Its first token is not predicted.", Call(0, "eval", folder["here"], "--text", text, "--device", "cpu").Output, StringComparison.Ordinal);
        string rows = folder.Write("rows.jsonl", """{"sentence_good":"ab cd","sentence_bad":"cd ab","UID":"order","linguistics_term":"order"}""");
        using JsonDocument asked = JsonDocument.Parse(Call(0, "eval", folder["here"], "--task", "blimp", "--data", rows, "--device", "cpu", "--json").Output);
        Assert.Equal("Nothing stands before a text: the model's files put no token there.", asked.RootElement.GetProperty("start").GetString());

        Call(0, "export", folder["here"], "--out", folder["out"]);
        foreach (string file in new[] { "config.json", "generation_config.json" })
        {
            Assert.True(Json("out", file).ContainsKey("bos_token_id"));
            Assert.Null(Json("out", file)["bos_token_id"]);
        }

        Assert.False(Json("out", "special_tokens_map.json").ContainsKey("bos_token"));
        Assert.False(Json("out", "tokenizer_config.json").ContainsKey("bos_token"));
    }

    /// <summary>The token keeps its name, for what starts from nothing.</summary>
    [Fact]
    public void An_export_says_that_a_token_is_not_put_before_texts()
    {
        string source = Write("there", "261", Missing, """{"add_bos_token": false}""");
        ModelExport.Write(source, folder["out"], new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(261, Json("out", "config.json")["bos_token_id"]!.GetValue<int>());
        JsonObject settings = Json("out", "tokenizer_config.json");
        Assert.Equal(("<|endoftext|>", false), (settings["bos_token"]!.GetValue<string>(), settings["add_bos_token"]!.GetValue<bool>()));
    }

    [Theory]
    [InlineData(Missing, """{"add_bos_token": "no"}""", "tokenizer_config.json': add_bos_token is \"no\"; it takes true or false")]
    [InlineData(Missing, """{"add_bos_token": true, "bos_token": "<s>"}""", "tokenizer_config.json': bos_token is '<s>', which is none of the tokenizer's added tokens")]
    [InlineData(Missing, """{"add_bos_token": true, "bos_token": 5}""", "bos_token is 5; it takes a text")]
    [InlineData(Missing, "[]", "tokenizer_config.json' is a JSON array; it has to be an object")]
    [InlineData("262", Missing, "generation_config.json': bos_token_id is 262, and the vocabulary (vocab_size) has the ids 0 to 261")]
    [InlineData("\"x\"", Missing, "generation_config.json': bos_token_id is \"x\"; it takes a whole number")]
    public void What_is_wrong_is_named_with_its_file(string generation, string settings, string message)
    {
        var e = Assert.Throws<InputException>(() => ModelFolder.Open(Write("there", Missing, generation, settings)));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static Outcome Call(int exitCode, params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == exitCode, ended.Errors);
        return ended;
    }

    private IReadOnlyList<int> Ends(string config, string generation) => ModelFolder.Open(Write($"{Guid.NewGuid():N}", config, generation, Missing, "eos_token_id")).EndsOfText;

    private JsonObject Json(string name, string file) => JsonNode.Parse(File.ReadAllText(folder[name, file]))!.AsObject();

    private string Write(string name, string config, string generation, string settings, string field = "bos_token_id")
    {
        JsonObject json = HuggingFaceFolders.ConfigOf(HuggingFaceFolders.Shape);
        json.Remove(field);
        if (config != Missing)
            json[field] = JsonNode.Parse(config);
        if (generation != Missing)
            folder.Write(Path.Combine(name, "generation_config.json"), $$"""{"{{field}}": {{generation}}}""");
        if (settings != Missing)
            folder.Write(Path.Combine(name, "tokenizer_config.json"), settings);
        return HuggingFaceFolders.Write(folder, name, json, HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1));
    }
}

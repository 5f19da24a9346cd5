using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Data;
using Ilgpu.Pretrain.Tests.Interchange;
using Ilgpu.Pretrain.Tests.Tokenization;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Folders with Llama 2's kind of tokenizer.json by command.</summary>
public sealed class LlamaTokenizerCommandTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    [Fact]
    public void A_folder_comes_in_writes_text_and_goes_out_with_the_same_tokenizer()
    {
        LlamaConfig shape = HuggingFaceFolders.Shape with { Vocabulary = 270 };
        JsonObject config = HuggingFaceFolders.ConfigOf(shape);
        config["bos_token_id"] = 1;
        config["eos_token_id"] = 2;
        string source = HuggingFaceFolders.Write(workshop.Folder, "llama", config, HuggingFaceFolders.Weights(shape, 3));
        workshop.Folder.Write(Path.Combine("llama", "tokenizer.json"), MutatedFilesTests.ByteFallback(metaspace: null));
        string imported = workshop.Folder["imported"];
        using JsonDocument import = Done("import", "--weights", source, "--out", imported, "--json");
        Assert.Equal("BPE of characters and bytes (Llama 2)", import.RootElement.GetProperty("tokenizer").GetString());
        using JsonDocument generated = Done("generate", imported, "--prompt", "ab é", "--tokens", "8", "--device", "cpu", "--json");
        int[] ids = [.. generated.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        // <s>, "▁ab", "▁", "é".
        Assert.Equal([1, 265, 259, 268], ids[..4]);
        Assert.StartsWith("ab é", generated.RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);

        string exported = workshop.Folder["exported"];
        Done("export", imported, "--out", exported, "--json").Dispose();
        var again = ModelFolder.Open(exported);
        Assert.Equal(import.RootElement.GetProperty("id").GetString(), again.Id);
        Assert.Equal(Tokenizer.Load(Path.Combine(source, "tokenizer.json")).Fingerprint, again.Tokenizer.Fingerprint);
        JsonObject special = JsonNode.Parse(File.ReadAllText(Path.Combine(exported, "special_tokens_map.json")))!.AsObject();
        Assert.Equal(("<s>", "</s>", "<unk>"), (special["bos_token"]!.GetValue<string>(), special["eos_token"]!.GetValue<string>(), special["unk_token"]!.GetValue<string>()));
        JsonObject template = JsonNode.Parse(File.ReadAllText(Path.Combine(exported, "tokenizer.json")))!["post_processor"]!.AsObject();
        Assert.Equal(1, template["special_tokens"]!["<s>"]!["ids"]![0]!.GetValue<int>());
    }

    [Fact]
    public void A_dataset_takes_the_file_as_its_tokenizer()
    {
        string[] texts = workshop.WriteCorpus(10);
        string file = workshop.Folder.Write("tokenizer.json", MutatedFilesTests.ByteFallback("\"prepend_scheme\": \"first\", \"split\": false"));
        Done("data", "--source", workshop.Corpus, "--tokenizer", file, "--out", workshop.Target, "--json").Dispose();
        using TokenDataset dataset = TokenDataset.Open(workshop.Target, verify: true);
        Assert.Equal(Tokenizer.Load(file).Fingerprint, dataset.Tokenizer.Fingerprint);
        Assert.Equal(2, dataset.Manifest.Separator!.Id);
        DatasetWorkshop.AssertHolds(texts, dataset);
    }

    public void Dispose() => workshop.Dispose();

    private static JsonDocument Done(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Interchange;
using Ilgpu.Pretrain.Tests.Tokenization;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>Every reader of files that the program has, one line each: a new reader gets one more.</summary>
internal static partial class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All(FuzzSamples samples) =>
        [.. Models(samples), .. Tokenizers(), .. Datasets(samples), .. Runs(samples), .. Ensembles(samples), .. Studies(samples), .. Tasks(), .. Tables()];

    private static IEnumerable<FuzzTarget> Models(FuzzSamples samples)
    {
        yield return new FuzzTarget("safetensors of a model", samples.Model, "model.safetensors", ReadModel);
        yield return new FuzzTarget("config.json of a model", samples.Model, "config.json", ReadModel);
        yield return new FuzzTarget("tokenizer.json of a model", samples.Model, "tokenizer.json", ReadModel);
        var texts = samples.Model.ToDictionary();
        texts["config.json"] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(texts["config.json"]).Replace("bos_token_id", "none", StringComparison.Ordinal).Replace("eos_token_id", "neither", StringComparison.Ordinal));
        texts["generation_config.json"] = "{\"bos_token_id\": 261, \"eos_token_id\": [261, 3], \"max_length\": 4096}"u8.ToArray();
        texts["tokenizer_config.json"] = "{\"add_bos_token\": true, \"bos_token\": {\"content\": \"<|endoftext|>\", \"lstrip\": false}}"u8.ToArray();
        yield return new FuzzTarget("generation_config.json of a model", texts, "generation_config.json", ReadModel);
        yield return new FuzzTarget("tokenizer_config.json of a model", texts, "tokenizer_config.json", ReadModel);
        yield return new FuzzTarget("index of shards", samples.ShardedModel, "model.safetensors.index.json", ReadModel);
        yield return new FuzzTarget("a shard", samples.ShardedModel, "model-00002-of-00003.safetensors", ReadModel);
        yield return new FuzzTarget("members.json of an exported ensemble", samples.ExportedEnsemble, "members.json", folder => _ = EnsembleModelFolder.Open(folder).LearnedWeights);
        yield return FuzzTarget.OfFile("model of llama2.c", "model.bin", new ReferenceLlama2c(1, tied: false).Version0(), ReadLlama2c);
        yield return FuzzTarget.OfFile("model of llama2.c, version 1", "model.bin", new ReferenceLlama2c(1, tied: true).Version1(), ReadLlama2c);
        yield return FuzzTarget.OfFile("model of --model", "model.json", Encoding.UTF8.GetBytes(LlamaConfigFile.ToJson(HuggingFaceFolders.Shape)), path => LlamaConfigFile.Load(path));
    }

    private static IEnumerable<FuzzTarget> Tokenizers()
    {
        BytePairModel small = TrainedTokenizers.Of(["a b", "ab c", "c d", "Ġ a", "Ġa b"], [new(261, "<x>", Special: true)]);
        yield return FuzzTarget.OfFile("tokenizer.json", "tokenizer.json", TokenizerFiles.Written(new BytePairTokenizer(small)), ReadTokenizer);
        yield return FuzzTarget.OfFile("tokenizer.json of characters", "tokenizer.json", TokenizerFiles.Written(CharacterTokenizer.Of([.. "abé\n🙂".EnumerateRunes()], withEndOfText: true)), ReadTokenizer);
        yield return FuzzTarget.OfFile("tokenizer.json of Llama 2", "tokenizer.json", MutatedFilesTests.ByteFallback(metaspace: null), ReadTokenizer);
        yield return FuzzTarget.OfFile("tokenizer.json with Metaspace", "tokenizer.json", MutatedFilesTests.ByteFallback("\"prepend_scheme\": \"always\", \"split\": true"), ReadTokenizer);
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(small);
        var pair = new Dictionary<string, byte[]> { ["vocab.json"] = vocabulary, ["merges.txt"] = Encoding.UTF8.GetBytes(string.Join('\n', merges)) };
        foreach (string file in pair.Keys)
            yield return new FuzzTarget(file, pair, file, folder => ReadTokenizer(Path.Combine(folder, "vocab.json")));
        yield return FuzzTarget.OfFile("ranks", "x.tiktoken", Encoding.UTF8.GetBytes(string.Join('\n', TokenizerFiles.Tiktoken(small))), ReadTokenizer);
        yield return FuzzTarget.OfFile("tokenizer of llama2.c", "tokenizer.bin", TokenizerFiles.Llama2c((" ", -1), ("a", -2), ("b", -3), ("ab", -4), (" ab", -5)), ReadTokenizer);
    }

    private static void ReadModel(string folder) => _ = ModelFolder.Open(folder).Id;

    private static void ReadLlama2c(string path)
    {
        using var weights = new Llama2cFile(path);
        var elements = new float[1000];
        foreach (NamedParameter parameter in new ParameterLayout(weights.Config).Named)
            weights.Read(parameter, 0, elements.AsSpan(0, Math.Min(elements.Length, parameter.Rows * parameter.Columns)));
    }

    private static void ReadTokenizer(string path)
    {
        var tokenizer = Tokenizer.Load(path, PreTokenization.Gpt2);
        if (tokenizer is not CharacterTokenizer)
            _ = tokenizer.DecodeText(tokenizer.Encode(" ab abcd  cd <x> aab\n"));
        _ = TransformersTokenizer.FindObstacle(tokenizer);
    }

    /// <summary>Puts a checksummed file's own hash right, where it is still an object.</summary>
    private static void SignJson(string path)
    {
        try
        {
            if (JsonNode.Parse(File.ReadAllBytes(path)) is not JsonObject content)
                return;
            content.Remove("sha256");
            File.WriteAllText(path, ChecksummedJson.Serialize(content));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON any more, or no text: the reader gets it as it is.
        }
    }

    /// <summary>A target whose file has a checksum of its own.</summary>
    private static FuzzTarget Checksummed(string name, IReadOnlyDictionary<string, byte[]> files, string spoilt, Action<string> read) =>
        new(name, files, spoilt, read) { Sign = folder => SignJson(Path.Combine(folder, spoilt)) };
}

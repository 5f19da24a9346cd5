using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>Folders as transformers writes them are read as they are meant, or refused in one line that names what is wrong.</summary>
public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(StoredType.Fp32, 1, false)]
    [InlineData(StoredType.Fp32, 3, true)]
    [InlineData(StoredType.Bf16, 1, true)]
    [InlineData(StoredType.Bf16, 4, false)]
    [InlineData(StoredType.Fp16, 2, false)]
    public void A_folder_gives_the_logits_of_the_fp64_reference(StoredType type, int files, bool tied)
    {
        LlamaConfig shape = HuggingFaceFolders.Shape with { TiedEmbeddings = tied };
        var weights = HuggingFaceFolders.Weights(shape, seed: 5);
        string source = HuggingFaceFolders.Write(folder, "there", HuggingFaceFolders.ConfigOf(shape), weights, type, files);
        var imported = ModelImport.FromHuggingFace(source, null, folder["here"], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(shape with { Name = "here" }, imported.Config);
        Assert.Equal(261, imported.BeginningOfText);
        Assert.Equal([261], imported.EndsOfText);
        int[] ids = new Inputs(2).Integers(23, 0, shape.Vocabulary);
        var reference = new ReferenceLlama(shape, weights.ToDictionary(each => each.Key, each => HuggingFaceFolders.Stored(each.Value.Values, type)));
        float[] logits = Logits(imported, ids);
        // Logits of a few units through two layers of fp32.
        new Tolerance(1e-4, 1e-5).AssertClose(reference.Logits(ids, ids.Length), logits, "logits");

        // The folder itself is taken without an import, too, and is the same model.
        var there = ModelFolder.Open(source);
        Assert.Equal(imported.Id, there.Id);
        Assert.Equal(logits, Logits(there, ids));
    }

    [Fact]
    public void What_transformers_leaves_out_has_its_defaults_and_new_files_keep_the_base_of_the_angles_elsewhere()
    {
        JsonObject config = Config();
        foreach (string field in new[] { "rms_norm_eps", "tie_word_embeddings", "bos_token_id", "eos_token_id", "attention_bias", "hidden_act" })
            config.Remove(field);
        config.Remove("rope_theta");
        config.Remove("rope_scaling");
        config["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 12345.5 };
        var opened = ModelFolder.Open(Write(config));
        Assert.Equal((1e-6, 12345.5, false), (opened.Config.NormEpsilon, opened.Config.RopeTheta, opened.Config.TiedEmbeddings));
        Assert.Null(opened.BeginningOfText);
        Assert.Empty(opened.EndsOfText);

        config = Config();
        config["eos_token_id"] = new JsonArray(261, 7, 261);
        config["bos_token_id"] = null;
        config["rope_scaling"] = new JsonObject { ["type"] = "default" };
        opened = ModelFolder.Open(Write(config));
        Assert.Null(opened.BeginningOfText);
        Assert.Equal([261, 7], opened.EndsOfText);
    }

    [Theory]
    [InlineData("architectures", """["MistralForCausalLM"]""", "the architecture [\"MistralForCausalLM\"] is not supported; it takes LlamaForCausalLM")]
    [InlineData("architectures", """["LlamaForCausalLM", "LlamaForCausalLM"]""", "is not supported")]
    [InlineData("architectures", "\"LlamaForCausalLM\"", "is not supported")]
    [InlineData("rope_scaling", """{"rope_type": "llama3", "factor": 8}""", "rope_scaling is {\"rope_type\":\"llama3\",\"factor\":8}; scaled rotary positions are not supported")]
    [InlineData("rope_scaling", """{"type": "linear", "factor": 2}""", "scaled rotary positions are not supported")]
    [InlineData("rope_scaling", "7", "rope_scaling is 7; it takes an object")]
    [InlineData("attention_bias", "true", "attention_bias is true; matrices with biases are not supported")]
    [InlineData("mlp_bias", "true", "mlp_bias is true")]
    [InlineData("attention_bias", "1", "attention_bias is 1; it takes true or false")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is 'gelu'; it takes silu")]
    [InlineData("quantization_config", """{"quant_method": "gptq"}""", "quantised weights are not supported")]
    [InlineData("sliding_window", "4096", "sliding_window is 4096")]
    [InlineData("partial_rotary_factor", "0.5", "partial_rotary_factor is 0.5")]
    [InlineData("head_dim", "8", "head_dim is 8; it takes hidden_size / num_attention_heads, 6")]
    [InlineData("hidden_size", "null", "hidden_size is missing")]
    [InlineData("hidden_size", "\"24\"", "hidden_size is \"24\"; it takes a whole number")]
    [InlineData("hidden_size", "24.5", "hidden_size is 24.5; it takes a whole number")]
    [InlineData("num_hidden_layers", "99999999", "layers has to lie in 1 to 1024")]
    [InlineData("num_attention_heads", "5", "heads has to divide hidden (24); it is 5")]
    [InlineData("vocab_size", "300", "is [262, 24]; it has to be [300, 24]")]
    [InlineData("bos_token_id", "262", "bos_token_id is 262, and the vocabulary (vocab_size) has the ids 0 to 261")]
    [InlineData("eos_token_id", "[3, \"x\"]", "it takes an id or several")]
    [InlineData("rms_norm_eps", "1e999", "rms_norm_eps is 1e999; it takes a number")]
    public void What_would_be_another_model_is_refused_by_name(string field, string value, string message)
    {
        JsonObject config = Config();
        config[field] = JsonNode.Parse(value);
        Refused(Write(config), message);
    }

    [Fact]
    public void Missing_and_extra_tensors_and_other_shapes_are_named()
    {
        var weights = HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1);
        weights.Remove("lm_head.weight");
        weights.Remove("model.layers.1.mlp.up_proj.weight");
        Refused(Write(Config(), weights), "lacks the tensors 'model.layers.1.mlp.up_proj.weight', 'lm_head.weight' of a model of 2 layers whose embeddings are not tied");

        weights = HuggingFaceFolders.Weights(HuggingFaceFolders.Shape with { Layers = 3 }, 1);
        Refused(Write(Config(), weights), "has the tensors 'model.layers.2.input_layernorm.weight'", "and 4 more, which a Llama of 2 layers has not");

        weights = HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1);
        weights["model.layers.0.self_attn.q_proj.bias"] = ([24], new float[24]);
        Refused(Write(Config(), weights), "the tensor 'model.layers.0.self_attn.q_proj.bias'");

        weights = HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1);
        weights["model.layers.0.self_attn.k_proj.weight"] = ([24, 24], new float[24 * 24]);
        Refused(Write(Config(), weights), "'model.layers.0.self_attn.k_proj.weight' is [24, 24]; it has to be [12, 24]");
    }

    [Fact]
    public void What_older_files_carry_along_is_taken_where_it_says_nothing_else()
    {
        LlamaConfig shape = HuggingFaceFolders.Shape with { TiedEmbeddings = true };
        var weights = HuggingFaceFolders.Weights(shape, 1);
        weights["model.layers.0.self_attn.rotary_emb.inv_freq"] = ([3], [1, .1f, .01f]);
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"];
        Assert.True(ModelFolder.Open(Write(HuggingFaceFolders.ConfigOf(shape), weights)).Config.TiedEmbeddings);
        float[] other = [.. weights["lm_head.weight"].Values];
        other[^1]++;
        weights["lm_head.weight"] = (weights["lm_head.weight"].Shape, other);
        Refused(Write(HuggingFaceFolders.ConfigOf(shape), weights), "has a 'lm_head.weight' that is not 'model.embed_tokens.weight', though the configuration says that they are tied");
    }

    [Fact]
    public void A_vocabulary_that_is_not_the_tokenizers_is_refused_with_both_sizes()
    {
        LlamaConfig shape = HuggingFaceFolders.Shape with { Vocabulary = 264 };
        Refused(Write(HuggingFaceFolders.ConfigOf(shape), HuggingFaceFolders.Weights(shape, 1)), "vocabulary of 264 tokens, and its tokenizer 262");
    }

    [Fact]
    public void Files_that_are_missing_are_named()
    {
        Refused(folder["nowhere"], "is not a folder");
        string without = Write(Config());
        File.Delete(Path.Combine(without, "tokenizer.json"));
        Refused(without, "has no tokenizer (tokenizer.bin, tokenizer.json, vocab.json); name one with --tokenizer");
        File.Delete(Path.Combine(without, "model.safetensors"));
        Refused(without, "has neither model.safetensors nor model.safetensors.index.json");
        File.WriteAllText(Path.Combine(without, "pytorch_model.bin"), "");
        Refused(without, "pytorch_model files, which are programs and are not read");
        File.Delete(Path.Combine(without, "config.json"));
        Refused(without, "has no config.json");
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a/b.safetensors")]
    [InlineData("c:\\\\x.safetensors")]
    public void An_index_that_leads_out_of_its_folder_is_refused(string file)
    {
        string source = Write(Config(), files: 2);
        folder.Write(Path.Combine(Path.GetFileName(source), "model.safetensors.index.json"), $$$"""{"weight_map": {"model.norm.weight": "{{{file}}}"}}""");
        Refused(source, "puts the tensor 'model.norm.weight' into", "it takes the name of a file beside it");
    }

    [Fact]
    public void An_index_that_contradicts_its_files_is_refused()
    {
        string source = Write(Config(), files: 2);
        string path = Path.Combine(source, "model.safetensors.index.json");
        JsonObject index = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        JsonObject map = index["weight_map"]!.AsObject();
        string file = map["model.norm.weight"]!.GetValue<string>();
        map["model.norm.weight"] = map.First(each => each.Value!.GetValue<string>() != file).Value!.GetValue<string>();
        File.WriteAllText(path, index.ToJsonString());
        Refused(source, "has the tensor 'model.norm.weight', which");
        foreach (string tensor in map.Select(each => each.Key).ToArray())
            map[tensor] = "model-00009-of-00009.safetensors";
        File.WriteAllText(path, index.ToJsonString());
        Refused(source, "model-00009-of-00009.safetensors");
        File.WriteAllText(path, "[]");
        Refused(source, "is a JSON array; it has to be an object");
        File.WriteAllText(path, "{}");
        Refused(source, "has no object 'weight_map'");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("{\"a\":", 5000)));
        Refused(source, "is not JSON that can be used");
    }

    public void Dispose() => folder.Dispose();

    private static JsonObject Config() => HuggingFaceFolders.ConfigOf(HuggingFaceFolders.Shape);

    private static float[] Logits(ModelFolder opened, int[] ids)
    {
        using LlamaModel model = opened.Load(TestDevices.Cpu, new LlamaModelOptions(1, ids.Length));
        var logits = new float[ids.Length * opened.Config.Vocabulary];
        model.Logits(ids, logits);
        return logits;
    }

    private static void Refused(string source, params string[] parts)
    {
        string message = Assert.Throws<InputException>(() => ModelFolder.Open(source)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    private string Write(JsonObject config, Dictionary<string, (long[] Shape, float[] Values)>? weights = null, int files = 1) =>
        HuggingFaceFolders.Write(folder, $"{Guid.NewGuid():N}", config, weights ?? HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1), files: files);
}

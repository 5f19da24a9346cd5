using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Tokenization;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>Small models in Hugging Face's layout, written by the test itself: as others write them, or wrong in one thing.</summary>
internal static class HuggingFaceFolders
{
    public const int Vocabulary = 262;

    public static LlamaConfig Shape { get; } = new()
    {
        Hidden = 24,
        Mlp = 40,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        Vocabulary = Vocabulary,
        Context = 64,
        RopeTheta = 500000,
        NormEpsilon = 1e-6,
    };

    /// <summary>Byte-level BPE of 261 tokens of text and one that ends a text.</summary>
    public static byte[] TokenizerJson() =>
        TokenizerFiles.Written(new BytePairTokenizer(TrainedTokenizers.Of(["a b", "ab c", "c d", "Ġ a", "Ġa b"], [new(261, Tokenizer.EndOfTextName, Special: true)])));

    /// <summary>config.json as transformers writes it, most of it of no meaning here.</summary>
    public static JsonObject ConfigOf(LlamaConfig shape) => new()
    {
        ["_name_or_path"] = "somewhere/else",
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["attention_bias"] = false,
        ["attention_dropout"] = 0.0,
        ["bos_token_id"] = 261,
        ["eos_token_id"] = 261,
        ["hidden_act"] = "silu",
        ["hidden_size"] = shape.Hidden,
        ["initializer_range"] = .02,
        ["intermediate_size"] = shape.Mlp,
        ["max_position_embeddings"] = shape.Context,
        ["model_type"] = "llama",
        ["num_attention_heads"] = shape.Heads,
        ["num_hidden_layers"] = shape.Layers,
        ["num_key_value_heads"] = shape.KeyValueHeads,
        ["pretraining_tp"] = 1,
        ["rms_norm_eps"] = shape.NormEpsilon,
        ["rope_scaling"] = null,
        ["rope_theta"] = shape.RopeTheta,
        ["tie_word_embeddings"] = shape.TiedEmbeddings,
        ["torch_dtype"] = "float32",
        ["transformers_version"] = "4.40.0",
        ["use_cache"] = true,
        ["vocab_size"] = shape.Vocabulary,
    };

    /// <summary>Random weights by name, with the shapes that transformers' Llama has.</summary>
    public static Dictionary<string, (long[] Shape, float[] Values)> Weights(LlamaConfig shape, int seed)
    {
        var inputs = new Inputs(seed);
        int keyValues = shape.KeyValueHeads * (shape.Hidden / shape.Heads);
        var weights = new Dictionary<string, (long[] Shape, float[] Values)>();
        Matrix("model.embed_tokens", shape.Vocabulary, shape.Hidden);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            Gain(prefix + "input_layernorm");
            Matrix(prefix + "self_attn.q_proj", shape.Hidden, shape.Hidden);
            Matrix(prefix + "self_attn.k_proj", keyValues, shape.Hidden);
            Matrix(prefix + "self_attn.v_proj", keyValues, shape.Hidden);
            Matrix(prefix + "self_attn.o_proj", shape.Hidden, shape.Hidden);
            Gain(prefix + "post_attention_layernorm");
            Matrix(prefix + "mlp.gate_proj", shape.Mlp, shape.Hidden);
            Matrix(prefix + "mlp.up_proj", shape.Mlp, shape.Hidden);
            Matrix(prefix + "mlp.down_proj", shape.Hidden, shape.Mlp);
        }

        Gain("model.norm");
        if (!shape.TiedEmbeddings)
            Matrix("lm_head", shape.Vocabulary, shape.Hidden);
        return weights;

        void Matrix(string name, int rows, int columns) => weights.Add($"{name}.weight", ([rows, columns], inputs.Normal(rows * columns, 1 / Math.Sqrt(columns))));
        void Gain(string name) => weights.Add($"{name}.weight", ([shape.Hidden], inputs.Uniform(shape.Hidden, .5, 1.5)));
    }

    /// <summary>Writes a folder.</summary>
    /// <returns>Its path.</returns>
    public static string Write(
        TemporaryFolder folder,
        string name,
        JsonObject config,
        IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights,
        StoredType type = StoredType.Fp32,
        int files = 1)
    {
        folder.Write(Path.Combine(name, "config.json"), config.ToJsonString());
        folder.Write(Path.Combine(name, "tokenizer.json"), TokenizerJson());
        if (files == 1)
        {
            WriteFile(folder[name, "model.safetensors"], weights, type);
            return folder[name];
        }

        var map = new JsonObject();
        // In no order of names or layers.
        var parts = weights.GroupBy(entry => entry.Key.Length * 31 % files).ToArray();
        for (int part = 0; part < parts.Length; part++)
        {
            string file = $"model-{part + 1:00000}-of-{parts.Length:00000}.safetensors";
            WriteFile(folder[name, file], parts[part].ToDictionary(), type);
            foreach (string tensor in parts[part].Select(entry => entry.Key))
                map[tensor] = file;
        }

        folder.Write(Path.Combine(name, "model.safetensors.index.json"), new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map }.ToJsonString());
        return folder[name];
    }

    /// <summary>The values as a file of that type gives them back, rounded by .NET's own conversions.</summary>
    public static double[] Stored(float[] values, StoredType type) => type switch
    {
        StoredType.Fp16 => [.. values.Select(value => (double)(Half)value)],
        StoredType.Bf16 => [.. values.Select(value => (double)BitConverter.UInt32BitsToSingle(BrainBits(value) << 16))],
        _ => [.. values.Select(value => (double)value)],
    };

    private static void WriteFile(string path, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights, StoredType type)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        using var data = new MemoryStream();
        using var writer = new BinaryWriter(data);
        foreach ((string name, (long[] shape, float[] values)) in weights)
        {
            long from = data.Length;
            foreach (float value in values)
            {
                if (type == StoredType.Fp32)
                    writer.Write(value);
                else if (type == StoredType.Fp16)
                    writer.Write((Half)value);
                else
                    writer.Write((ushort)BrainBits(value));
            }

            string dtype = type switch { StoredType.Fp32 => "F32", StoredType.Fp16 => "F16", _ => "BF16" };
            header[name] = new JsonObject { ["dtype"] = dtype, ["shape"] = new JsonArray([.. shape.Select(extent => (JsonNode)extent)]), ["data_offsets"] = new JsonArray(from, data.Length) };
        }

        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        data.WriteTo(file);
    }

    /// <summary>The upper half of an fp32 number, rounded to the nearest, ties to even.</summary>
    private static uint BrainBits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint rest = bits & 0xffff;
        uint upper = bits >> 16;
        return rest > 0x8000 || (rest == 0x8000 && (upper & 1) == 1) ? upper + 1 : upper;
    }
}

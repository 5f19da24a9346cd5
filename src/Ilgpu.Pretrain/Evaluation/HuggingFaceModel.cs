using System.Text.Json;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A Llama as Hugging Face keeps one: config.json, model.safetensors in fp32, tokenizer.json.</summary>
/// <param name="Folder">Where.</param>
/// <param name="Config">Its shape.</param>
/// <param name="Tokenizer">Of its text.</param>
/// <param name="Start">The token that texts begin with, or null.</param>
/// <param name="Ends">The tokens that texts end with.</param>
internal sealed record HuggingFaceModel(string Folder, LlamaConfig Config, Tokenizer Tokenizer, int? Start, IReadOnlyList<int> Ends)
{
    private const string ConfigFileName = "config.json";
    private const string WeightsFileName = "model.safetensors";
    private const string TokenizerFileName = "tokenizer.json";

    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, ConfigFileName)) && File.Exists(Path.Combine(folder, WeightsFileName));

    /// <exception cref="InputException">config.json or tokenizer.json is missing, damaged or of another kind of model.</exception>
    public static HuggingFaceModel Read(string folder)
    {
        string path = Path.Combine(folder, ConfigFileName);
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = json.RootElement;
            if (Text(root, "model_type") is { } kind and not "llama")
                throw new InputException($"'{path}' is of model_type '{kind}'; it takes llama.");
            LlamaConfig config = ConfigOf(root, path);
            Tokenizer tokenizer = Tokenizer.Load(Path.Combine(folder, TokenizerFileName));
            if (tokenizer.VocabularySize > config.Vocabulary)
                throw new InputException($"'{folder}' has a vocabulary of {config.Vocabulary} and a tokenizer of {tokenizer.VocabularySize}.");
            int? start = Number(root, "bos_token_id") is { } bos ? (int)bos : tokenizer.EndOfText;
            return new HuggingFaceModel(folder, config, tokenizer, start, EndsOf(root) ?? (tokenizer.EndOfText is { } end ? [end] : []));
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is damaged: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Its model, for inference.</summary>
    /// <exception cref="InputException">The weights are damaged or do not fit.</exception>
    public LlamaModel Load(Device device)
    {
        var model = new LlamaModel(device, Config, new LlamaModelOptions(1, 1));
        try
        {
            CheckpointTensors.LoadInto(model, Path.Combine(Folder, WeightsFileName));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static LlamaConfig ConfigOf(JsonElement root, string path)
    {
        int heads = Required("num_attention_heads");
        var config = new LlamaConfig
        {
            Name = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)))!,
            Hidden = Required("hidden_size"),
            Mlp = Required("intermediate_size"),
            Layers = Required("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = (int)(Number(root, "num_key_value_heads") ?? heads),
            Vocabulary = Required("vocab_size"),
            Context = Required("max_position_embeddings"),
            RopeTheta = Number(root, "rope_theta") ?? 10000,
            NormEpsilon = Number(root, "rms_norm_eps") ?? 1e-6,
            TiedEmbeddings = root.TryGetProperty("tie_word_embeddings", out JsonElement tied) && tied.ValueKind == JsonValueKind.True,
        };
        config.Validate();
        return config;

        int Required(string name) => Number(root, name) is { } value && value == (int)value
            ? (int)value
            : throw new InputException($"'{path}' has no whole number '{name}'.");
    }

    /// <summary>One id or a list of them; null where there is neither.</summary>
    private static int[]? EndsOf(JsonElement root) => !root.TryGetProperty("eos_token_id", out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.Number).Select(each => each.GetInt32())]
        : value.ValueKind == JsonValueKind.Number ? [value.GetInt32()]
        : null;

    private static double? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

using System.Text.Json;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// config.json of a Hugging Face Llama. What is not said of the shape has the value that transformers' LlamaConfig gives it; a
/// token that begins or ends texts is one that the files name. What would make it another computation than ours is refused by
/// name.
/// </summary>
internal sealed record HuggingFaceConfig
{
    public const string FileName = "config.json";
    public const string GenerationFileName = "generation_config.json";

    private const string BeginningName = "bos_token_id";
    private const string EndName = "eos_token_id";
    private const string Architecture = "LlamaForCausalLM";
    private const string ModelType = "llama";
    private const int DefaultContext = 2048;
    private const double DefaultTheta = 10000;
    private const double DefaultEpsilon = 1e-6;

    /// <summary>The shape.</summary>
    public required LlamaConfig Model { get; init; }

    /// <summary>The id that begins a text, or null.</summary>
    public int? BeginningOfText { get; init; }

    /// <summary>Whether it is put before texts.</summary>
    public bool AddsBeginning { get; init; } = true;

    /// <summary>The id that texts stand behind, or null.</summary>
    public int? Start => AddsBeginning ? BeginningOfText : null;

    /// <summary>The ids that end a text; none where nothing does.</summary>
    public IReadOnlyList<int> EndsOfText { get; init; } = [];

    /// <param name="path">Of config.json; where it does not say what begins and ends texts, generation_config.json beside it may.</param>
    /// <exception cref="InputException">It cannot be read, is of another architecture, or asks for what there is not.</exception>
    public static HuggingFaceConfig Read(string path)
    {
        using JsonDocument json = JsonFile.Read(path);
        var fields = new ConfigFields(path, json.RootElement);
        RequireLlama(fields);
        RequireSupported(fields);
        int heads = fields.Whole("num_attention_heads");
        var model = new LlamaConfig
        {
            Name = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? ModelType,
            Hidden = fields.Whole("hidden_size"),
            Mlp = fields.Whole("intermediate_size"),
            Layers = fields.Whole("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = fields.Whole("num_key_value_heads", heads),
            Vocabulary = fields.Whole("vocab_size"),
            Context = fields.Whole("max_position_embeddings", DefaultContext),
            RopeTheta = RopeTheta(fields),
            NormEpsilon = fields.Number("rms_norm_eps", DefaultEpsilon),
            TiedEmbeddings = fields.Flag("tie_word_embeddings"),
        };
        model.Validate();
        if (fields.Find("head_dim") is not null && fields.Whole("head_dim") is int size && size != model.HeadSize)
            throw fields.Wrong($"head_dim is {size}; it takes hidden_size / num_attention_heads, {model.HeadSize}");
        string generation = Path.Combine(Path.GetDirectoryName(path) ?? "", GenerationFileName);
        using JsonDocument? more = fields.Has(BeginningName) && fields.Has(EndName) || !File.Exists(generation) ? null : JsonFile.Read(generation);
        ConfigFields FieldsWith(string name) => more is null || fields.Has(name) ? fields : new ConfigFields(generation, more.RootElement);
        return new HuggingFaceConfig
        {
            Model = model,
            BeginningOfText = Beginning(FieldsWith(BeginningName), model.Vocabulary),
            EndsOfText = Ends(FieldsWith(EndName), model.Vocabulary),
        };
    }

    /// <summary>Writes config.json.</summary>
    public void Write(string path, StoredType type) => DurableFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(Architecture);
        json.WriteEndArray();
        json.WriteBoolean("attention_bias", false);
        json.WriteNumber("attention_dropout", 0);
        WriteTextIds(json);
        json.WriteNumber("head_dim", Model.HeadSize);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", Model.Hidden);
        json.WriteNumber("intermediate_size", Model.Mlp);
        json.WriteNumber("max_position_embeddings", Model.Context);
        json.WriteBoolean("mlp_bias", false);
        json.WriteString("model_type", ModelType);
        json.WriteNumber("num_attention_heads", Model.Heads);
        json.WriteNumber("num_hidden_layers", Model.Layers);
        json.WriteNumber("num_key_value_heads", Model.KeyValueHeads);
        json.WriteNumber("rms_norm_eps", Model.NormEpsilon);
        json.WriteNull("rope_scaling");
        json.WriteNumber("rope_theta", Model.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", Model.TiedEmbeddings);
        json.WriteString("torch_dtype", type.TorchName());
        json.WriteBoolean("use_cache", true);
        json.WriteNumber("vocab_size", Model.Vocabulary);
        json.WriteEndObject();
    });

    /// <summary>Writes generation_config.json: where a text begins and ends.</summary>
    public void WriteGeneration(string path) => DurableFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        WriteTextIds(json);
        json.WriteEndObject();
    });

    private void WriteTextIds(Utf8JsonWriter json)
    {
        if (BeginningOfText is { } beginning)
            json.WriteNumber(BeginningName, beginning);
        else
            json.WriteNull(BeginningName);
        switch (EndsOfText)
        {
            case []:
                json.WriteNull(EndName);
                break;
            case [var end]:
                json.WriteNumber(EndName, end);
                break;
            default:
                json.WriteStartArray(EndName);
                foreach (int end in EndsOfText)
                    json.WriteNumberValue(end);
                json.WriteEndArray();
                break;
        }
    }

    private static void RequireLlama(ConfigFields fields)
    {
        if (fields.Find("architectures") is not { } architectures)
        {
            string? type = fields.Text("model_type");
            if (type != ModelType)
                throw fields.Wrong(type is null ? $"it names no architecture; it takes {Architecture}" : $"the model_type '{Printable.Excerpt(type)}' is not supported; it takes {ModelType} ({Architecture})");
            return;
        }

        bool isLlama = architectures.ValueKind == JsonValueKind.Array && architectures.GetArrayLength() == 1
            && architectures[0].ValueKind == JsonValueKind.String && architectures[0].ValueEquals(Architecture);
        if (!isLlama)
            throw fields.Wrong($"the architecture {ConfigFields.Shown(architectures)} is not supported; it takes {Architecture}");
    }

    private static void RequireSupported(ConfigFields fields)
    {
        foreach (string bias in new[] { "attention_bias", "mlp_bias" })
        {
            if (fields.Flag(bias))
                throw fields.Wrong($"{bias} is true; matrices with biases are not supported");
        }

        if (fields.Text("hidden_act") is { } activation && activation is not ("silu" or "swish"))
            throw fields.Wrong($"hidden_act is '{Printable.Excerpt(activation)}'; it takes silu");
        if (fields.Find("quantization_config") is not null)
            throw fields.Wrong("it has a quantization_config; quantised weights are not supported");
        if (fields.Find("sliding_window") is { } window)
            throw fields.Wrong($"sliding_window is {ConfigFields.Shown(window)}; attention to a part of the context is not supported");
        double rotary = fields.Number("partial_rotary_factor", 1);
        if (rotary != 1)
            throw fields.Wrong(FormattableString.Invariant($"partial_rotary_factor is {rotary}; rotary positions of a part of a head are not supported"));
        foreach (string scaling in new[] { "rope_scaling", "rope_parameters" })
            RequirePlainRope(fields, scaling);
    }

    /// <summary>Newer files have the angles' base in an object of rope_parameters, of the type 'default' where nothing is scaled.</summary>
    private static void RequirePlainRope(ConfigFields fields, string name)
    {
        if (fields.Find(name) is not { } value)
            return;
        ConfigFields rope = fields.Object(name)!;
        string? type = rope.Text("rope_type") ?? rope.Text("type");
        if (type != "default" && !(type is null && name == "rope_parameters"))
            throw fields.Wrong($"{name} is {ConfigFields.Shown(value)}; scaled rotary positions are not supported");
        double rotary = rope.Number("partial_rotary_factor", 1);
        if (rotary != 1)
            throw fields.Wrong(FormattableString.Invariant($"{name}.partial_rotary_factor is {rotary}; rotary positions of a part of a head are not supported"));
    }

    private static double RopeTheta(ConfigFields fields) =>
        fields.Object("rope_parameters") is { } rope && rope.Find("rope_theta") is not null
            ? rope.Number("rope_theta", DefaultTheta)
            : fields.Number("rope_theta", DefaultTheta);

    private static int? Beginning(ConfigFields fields, int vocabulary) =>
        fields.Find(BeginningName) is null ? null : RequireInside(fields, BeginningName, fields.Whole(BeginningName), vocabulary);

    private static int[] Ends(ConfigFields fields, int vocabulary)
    {
        int[] ends = fields.Find(EndName) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(end => ConfigFields.WholeOf(end) ?? throw fields.Wrong($"{EndName} is {ConfigFields.Shown(list)}; it takes an id or several"))],
            _ => [fields.Whole(EndName)],
        };
        return [.. ends.Select(end => RequireInside(fields, EndName, end, vocabulary)).Distinct()];
    }

    private static int RequireInside(ConfigFields fields, string name, int id, int vocabulary) =>
        id >= 0 && id < vocabulary ? id : throw fields.Wrong($"{name} is {id}, and the vocabulary (vocab_size) has the ids 0 to {vocabulary - 1}");
}

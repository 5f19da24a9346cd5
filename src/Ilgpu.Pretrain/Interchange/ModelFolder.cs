using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// A model in Hugging Face's layout, as imports and exports are: config.json, model.safetensors or an index of several, and
/// the tokenizer. Everything is checked when it is opened; weights are read when they are asked for.
/// </summary>
public sealed class ModelFolder
{
    internal const string WeightsFileName = "model.safetensors";

    /// <summary>llama2.c's own file says more than the tokenizer.json that is made of it, so it comes first.</summary>
    private static readonly string[] TokenizerFileNames = ["tokenizer.bin", "tokenizer.json", "vocab.json"];

    private const int ChunkElements = 1 << 20;

    private readonly HuggingFaceConfig config;
    private string? id;

    private ModelFolder(string location, HuggingFaceConfig config, Tokenizer tokenizer, string weightsPath)
    {
        Location = location;
        this.config = config;
        Tokenizer = tokenizer;
        WeightsPath = weightsPath;
    }

    public string Location { get; }

    /// <summary>The shape; named after the folder.</summary>
    public LlamaConfig Config => config.Model;

    public Tokenizer Tokenizer { get; }

    /// <summary>The id that texts stand behind, or null.</summary>
    public int? BeginningOfText => config.Start;

    /// <summary>The ids that end a text; none where nothing does.</summary>
    public IReadOnlyList<int> EndsOfText => config.EndsOfText;

    /// <summary>The safetensors file, or the index of several: what <see cref="CheckpointTensors.LoadInto"/> takes.</summary>
    public string WeightsPath { get; }

    /// <summary>
    /// The model's name among runs: the hash of its shape but for the context, its tokenizer and its weights in fp32, in
    /// whatever files they are. Reads the weights.
    /// </summary>
    /// <exception cref="InputException">A file was damaged meanwhile.</exception>
    public string Id => id ??= ContentDigest.IdOf(Hash());

    internal HuggingFaceConfig HuggingFace => config;

    /// <summary>Whether a folder has a model in this layout; a run's has its weights further below.</summary>
    public static bool IsAt(string folder) =>
        File.Exists(Path.Combine(folder, HuggingFaceConfig.FileName))
        && (File.Exists(Path.Combine(folder, WeightsFileName)) || File.Exists(Path.Combine(folder, ShardIndex.FileName)));

    /// <param name="folder">Where it lies.</param>
    /// <param name="tokenizer">Where its tokenizer lies; null for beside it.</param>
    /// <exception cref="InputException">A file is missing, damaged, unsupported or does not fit the others.</exception>
    public static ModelFolder Open(string folder, string? tokenizer = null)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"'{folder}' is not a folder.");
        string configPath = Path.Combine(folder, HuggingFaceConfig.FileName);
        if (!File.Exists(configPath))
            throw new InputException($"'{folder}' has no {HuggingFaceConfig.FileName}: it is not a model in Hugging Face's layout.");
        var config = HuggingFaceConfig.Read(configPath);
        string weightsPath = WeightsIn(folder);
        using (SafetensorsWeights weights = SafetensorsWeights.Open(weightsPath))
            weights.RequireExactly(new ParameterLayout(config.Model));
        string tokenizerPath = tokenizer ?? TokenizerIn(folder);
        var found = Tokenizer.Load(tokenizerPath);
        RequireVocabulary(folder, config.Model, found);
        return new ModelFolder(folder, TokenizerSettings.Apply(config, tokenizerPath, found), found, weightsPath);
    }

    /// <summary>Fills a model of <see cref="Config"/>'s shape with the weights.</summary>
    /// <exception cref="InputException">A file was damaged meanwhile, or the shape is another one.</exception>
    public void LoadInto(LlamaModel model)
    {
        CheckpointTensors.LoadInto(model, WeightsPath);
        model.RoundParameters();
    }

    /// <summary>The model, for inference.</summary>
    /// <param name="device">Where it goes.</param>
    /// <param name="options">Of the model.</param>
    public LlamaModel Load(Device device, LlamaModelOptions options)
    {
        var model = new LlamaModel(device, Config, options);
        try
        {
            LoadInto(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    internal static void RequireVocabulary(string source, LlamaConfig config, Tokenizer tokenizer)
    {
        if (config.Vocabulary != tokenizer.VocabularySize)
            throw new InputException($"The model in '{source}' has a vocabulary of {config.Vocabulary} tokens, and its tokenizer {tokenizer.VocabularySize}.");
    }

    private static string WeightsIn(string folder)
    {
        string[] known = [WeightsFileName, ShardIndex.FileName];
        if (Array.Find(known, name => File.Exists(Path.Combine(folder, name))) is { } found)
            return Path.Combine(folder, found);
        string pickled = Directory.EnumerateFiles(folder, "pytorch_model*.bin").Any() ? ", but pytorch_model files, which are programs and are not read" : "";
        throw new InputException($"'{folder}' has neither {WeightsFileName} nor {ShardIndex.FileName}{pickled}.");
    }

    private static string TokenizerIn(string folder) =>
        Array.Find(TokenizerFileNames, name => File.Exists(Path.Combine(folder, name))) is { } found
            ? Path.Combine(folder, found)
            : throw new InputException($"'{folder}' has no tokenizer ({string.Join(", ", TokenizerFileNames)}); name one with --tokenizer.");

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        LlamaConfig shape = Config;
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"Llama {shape.Hidden} {shape.Mlp} {shape.Layers} {shape.Heads} {shape.KeyValueHeads} {shape.Vocabulary} {shape.RopeTheta:R} {shape.NormEpsilon:R} {shape.TiedEmbeddings} {Tokenizer.Fingerprint}\n")));
        using SafetensorsWeights weights = SafetensorsWeights.Open(WeightsPath);
        var chunk = new float[ChunkElements];
        foreach (NamedParameter parameter in new ParameterLayout(shape).Named)
        {
            long count = (long)parameter.Rows * parameter.Columns;
            for (long first = 0; first < count; first += ChunkElements)
            {
                Span<float> elements = chunk.AsSpan(0, (int)Math.Min(ChunkElements, count - first));
                weights.Read(parameter.Name, first, elements);
                hash.AppendData(MemoryMarshal.AsBytes(elements));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Writes a model in Hugging Face's layout; parameters pass through one buffer of 4 MiB.</summary>
/// <param name="config">The shape, and where a text begins and ends.</param>
/// <param name="tokenizer">Of the model's text.</param>
/// <param name="weights">The parameters.</param>
internal sealed class ModelFolderWriter(HuggingFaceConfig config, Tokenizer tokenizer, IWeightSource weights)
{
    private const int ChunkElements = 1 << 20;

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    private readonly float[] chunk = new float[ChunkElements];

    /// <summary>What the elements are rounded to.</summary>
    public StoredType Type { get; init; }

    /// <summary>Bytes of tensors that a file has at most, but for one that is larger; null for one file.</summary>
    public long? ShardBytes { get; init; }

    /// <summary>Fills an empty folder.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="card">The README.md.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">An element is not finite, or does not fit the type.</exception>
    public void Write(string folder, string card, CancellationToken cancellation)
    {
        config.Write(Path.Combine(folder, HuggingFaceConfig.FileName), Type);
        config.WriteGeneration(Path.Combine(folder, HuggingFaceConfig.GenerationFileName));
        TransformersTokenizer.Write(folder, tokenizer, config);
        DurableFile.WriteAllText(Path.Combine(folder, ModelCard.FileName), card);
        WriteWeights(folder, cancellation);
        DurableFile.SyncFolder(folder);
    }

    private void WriteWeights(string folder, CancellationToken cancellation)
    {
        List<List<NamedParameter>> shards = Shards();
        if (shards.Count == 1)
        {
            WriteFile(Path.Combine(folder, ModelFolder.WeightsFileName), shards[0], cancellation);
            return;
        }

        var fileOf = new List<(string Tensor, string File)>();
        for (int i = 0; i < shards.Count; i++)
        {
            string file = FormattableString.Invariant($"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors");
            WriteFile(Path.Combine(folder, file), shards[i], cancellation);
            fileOf.AddRange(shards[i].Select(parameter => (parameter.Name, file)));
        }

        ShardIndex.Write(Path.Combine(folder, ShardIndex.FileName), shards.Sum(shard => shard.Sum(BytesOf)), fileOf);
    }

    private List<List<NamedParameter>> Shards()
    {
        var shards = new List<List<NamedParameter>> { new() };
        long bytes = 0;
        foreach (NamedParameter parameter in new ParameterLayout(config.Model).Named)
        {
            if (bytes > 0 && bytes + BytesOf(parameter) > ShardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(parameter);
            bytes += BytesOf(parameter);
        }

        return shards;
    }

    private void WriteFile(string path, List<NamedParameter> parameters, CancellationToken cancellation)
    {
        using var writer = new SafetensorsWriter(path, parameters.Select(parameter => (parameter.Name, ShapeOf(parameter))), Metadata, Type);
        foreach (NamedParameter parameter in parameters)
        {
            long count = ElementsOf(parameter);
            for (long first = 0; first < count; first += ChunkElements)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<float> elements = chunk.AsSpan(0, (int)Math.Min(ChunkElements, count - first));
                weights.Read(parameter, first, elements);
                RequireStorable(parameter, elements);
                writer.Write(elements);
            }
        }

        writer.Finish();
    }

    private void RequireStorable(NamedParameter parameter, ReadOnlySpan<float> elements)
    {
        if (!FiniteElements.All(elements))
            throw new InputException($"The tensor '{parameter.Name}' has an element that is not finite.");
        if (Type.FindOverflow(elements) is { } overflow)
            throw new InputException(FormattableString.Invariant($"The tensor '{parameter.Name}' has an element {overflow:R}, which is beyond {Type.ToString().ToLowerInvariant()}: take another --dtype."));
    }

    private long BytesOf(NamedParameter parameter) => ElementsOf(parameter) * Type.Bytes();

    private static long ElementsOf(NamedParameter parameter) => (long)parameter.Rows * parameter.Columns;

    private static IReadOnlyList<long> ShapeOf(NamedParameter parameter) => [.. parameter.Shape.Select(extent => (long)extent)];
}

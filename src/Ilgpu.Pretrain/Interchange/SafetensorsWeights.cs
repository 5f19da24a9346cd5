using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Tensors by name in one safetensors file, or in several that an index names.</summary>
internal sealed class SafetensorsWeights : IWeightSource
{
    /// <summary>Names that a message lists at most.</summary>
    private const int NamesShown = 5;

    private const int CompareElements = 1 << 16;

    private readonly string path;
    private readonly List<SafetensorsReader> readers = [];
    private readonly Dictionary<string, SafetensorsReader> readerOf = new(StringComparer.Ordinal);

    private SafetensorsWeights(string path) => this.path = path;

    /// <param name="path">A safetensors file, or an index (<c>.json</c>) of several in its folder.</param>
    /// <exception cref="InputException">A file is missing or damaged, or the index contradicts the files.</exception>
    public static SafetensorsWeights Open(string path)
    {
        var weights = new SafetensorsWeights(path);
        try
        {
            if (path.EndsWith(ShardIndex.Extension, StringComparison.OrdinalIgnoreCase))
                weights.AddShards();
            else
                weights.AddAll(path);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>That the tensor of that name is there, of the shape and of a type that can be read.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public void Require(string name, IReadOnlyList<long> shape)
    {
        if (!readerOf.TryGetValue(name, out SafetensorsReader? reader))
            throw new InputException($"'{path}' has no tensor '{name}'.");
        reader.Require(name, shape);
    }

    /// <summary>That the files have a model's parameters and nothing beside them.</summary>
    /// <exception cref="InputException">Some are missing, are too many, or are of another shape.</exception>
    public void RequireExactly(ParameterLayout layout)
    {
        NamedParameter[] named = [.. layout.Named];
        string[] missing = [.. named.Select(parameter => parameter.Name).Where(name => !readerOf.ContainsKey(name))];
        if (missing.Length > 0)
            throw new InputException($"'{path}' lacks {Shown(missing)} of a model of {layout.Config.Layers} layers{(layout.Config.TiedEmbeddings ? "" : " whose embeddings are not tied")}.");
        HashSet<string> known = [.. named.Select(parameter => parameter.Name)];
        string[] extra = [.. readerOf.Keys.Where(name => !known.Contains(name) && !IsRedundant(name, layout)).Order(StringComparer.Ordinal)];
        if (extra.Length > 0)
            throw new InputException($"'{path}' has {Shown(extra)}, which a Llama of {layout.Config.Layers} layers{(layout.Config.TiedEmbeddings ? " with tied embeddings" : "")} has not.");
        foreach (NamedParameter parameter in named)
            Require(parameter.Name, [.. parameter.Shape.Select(extent => (long)extent)]);
    }

    /// <summary>Reads elements of a tensor that <see cref="Require"/> found.</summary>
    public void Read(string name, long first, Span<float> elements)
    {
        SafetensorsReader reader = readerOf[name];
        reader.Read(reader.Find(name)!, first, elements);
    }

    void IWeightSource.Read(NamedParameter parameter, long first, Span<float> elements) => Read(parameter.Name, first, elements);

    public void Dispose() => readers.ForEach(reader => reader.Dispose());

    private void AddShards()
    {
        ShardIndex index = ShardIndex.Read(path);
        foreach ((string file, IReadOnlyList<string> names) in index.NamesOfFiles)
        {
            SafetensorsReader reader = Opened(Path.Combine(Path.GetDirectoryName(path) ?? "", file));
            foreach (string name in names)
            {
                if (reader.Find(name) is null)
                    throw new InputException($"'{path}' says that '{file}' has the tensor '{Printable.Excerpt(name)}', which it has not.");
                readerOf.Add(name, reader);
            }

            if (reader.Entries.FirstOrDefault(entry => !readerOf.TryGetValue(entry.Name, out SafetensorsReader? owner) || owner != reader) is { } unnamed)
                throw new InputException($"'{file}' has the tensor '{Printable.Excerpt(unnamed.Name)}', which '{path}' does not say.");
        }
    }

    private void AddAll(string file)
    {
        SafetensorsReader reader = Opened(file);
        foreach (SafetensorsEntry entry in reader.Entries)
            readerOf.Add(entry.Name, reader);
    }

    private SafetensorsReader Opened(string file)
    {
        var reader = new SafetensorsReader(file);
        readers.Add(reader);
        return reader;
    }

    /// <summary>What older files carry along: tables of rotary angles, and the head beside an embedding that it is tied to.</summary>
    private bool IsRedundant(string name, ParameterLayout layout)
    {
        if (name.EndsWith(".self_attn.rotary_emb.inv_freq", StringComparison.Ordinal))
            return true;
        if (name != HuggingFaceNames.Head || !layout.Config.TiedEmbeddings)
            return false;
        NamedParameter embedding = layout.Named.First(parameter => parameter.Entry == layout.Embedding);
        long[] shape = [.. embedding.Shape.Select(extent => (long)extent)];
        Require(name, shape);
        Require(embedding.Name, shape);
        return Same(name, embedding.Name, shape[0] * shape[1])
            ? true
            : throw new InputException($"'{path}' has a '{name}' that is not '{embedding.Name}', though the configuration says that they are tied.");
    }

    private bool Same(string one, string other, long count)
    {
        var a = new float[CompareElements];
        var b = new float[CompareElements];
        for (long first = 0; first < count; first += CompareElements)
        {
            int length = (int)Math.Min(CompareElements, count - first);
            Read(one, first, a.AsSpan(0, length));
            Read(other, first, b.AsSpan(0, length));
            if (!a.AsSpan(0, length).SequenceEqual(b.AsSpan(0, length)))
                return false;
        }

        return true;
    }

    private static string Shown(string[] names)
    {
        string first = string.Join(", ", names.Take(NamesShown).Select(name => $"'{Printable.Excerpt(name)}'"));
        string more = names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : "";
        return $"{(names.Length == 1 ? "the tensor" : "the tensors")} {first}{more}";
    }
}

using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// The models that are evaluated together, with the tokenizer of their text: a run, several, an ensemble, one checkpoint of a
/// run, or a folder in Hugging Face's format, of a model or of an ensemble.
/// </summary>
public sealed class EvaluatedModels : IDisposable
{
    private const string EnsembleFileName = "ensemble.json";

    private EvaluatedModels(IReadOnlyList<LlamaModel> models, IReadOnlyList<string> names, Tokenizer tokenizer, int? start, IReadOnlyList<int> ends, int window, int? asked)
    {
        int most = models.Min(model => model.Config.Context);
        InputException.ThrowUnless(asked is null || (asked >= 1 && asked <= most), "--length", asked, $"a whole number from 1 to {most}, the context of the model");
        Models = models;
        Names = names;
        Tokenizer = tokenizer;
        Start = start;
        Ends = ends;
        Window = asked ?? window;
    }

    public IReadOnlyList<LlamaModel> Models { get; }

    /// <summary>For people: each one's run, or folder.</summary>
    public IReadOnlyList<string> Names { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The token that documents stood behind at training, or null where there is none.</summary>
    public int? Start { get; }

    /// <summary>The tokens that end a text.</summary>
    public IReadOnlyList<int> Ends { get; }

    /// <summary>Tokens that a model sees at most: a window of its training, what its configuration says it is meant for, or what was asked for.</summary>
    public int Window { get; }

    /// <summary>The first one's run, or null where it is of none.</summary>
    public string? RunFolder { get; private init; }

    /// <summary>The configuration of <see cref="RunFolder"/>.</summary>
    public TrainingConfig? RunConfig { get; private init; }

    /// <param name="device">Where the models go.</param>
    /// <param name="names">
    /// One at least: an ensemble's folder or its ensemble.json, or runs by folder or by id (an ensemble too), or one folder of weights
    /// or of an exported ensemble.
    /// </param>
    /// <param name="store">The folder in which runs are found by their ids.</param>
    /// <param name="window">Tokens that a model is to see at most; null for as many as at training.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">One is none of these, is damaged or does not go with the first, or they take more memory than there is.</exception>
    public static EvaluatedModels Open(Device device, IReadOnlyList<string> names, string store, int? window, Action<string>? warn)
    {
        string[] found = [.. names.Select(name => Find(name, store))];
        if (found is [var single])
        {
            if (EnsembleFolder.IsAt(single))
                return OfMembers(device, EnsembleFolder.OpenMembers(single, warn), window);
            if (EnsembleModelFolder.IsAt(single))
                return OfHuggingFace(device, EnsembleModelFolder.Open(single).Members, window);
            if (ModelFolder.IsAt(single))
                return OfHuggingFace(device, [ModelFolder.Open(single)], window);
            return OfMembers(device, [CheckpointOf(single) ?? Newest(single, warn)], window);
        }

        if (found.FirstOrDefault(folder => EnsembleFolder.IsAt(folder) || EnsembleModelFolder.IsAt(folder) || ModelFolder.IsAt(folder)) is { } alone)
            throw new InputException($"'{alone}' was given with others; an ensemble's folder and a folder of weights are evaluated by themselves.");
        return OfMembers(device, EnsembleMember.Open(found, warn), window);
    }

    public void Dispose()
    {
        foreach (LlamaModel model in Models)
            model.Dispose();
    }

    private static string Find(string name, string store)
    {
        if (Path.GetFileName(name) is EnsembleFileName or EnsembleExportManifest.FileName && File.Exists(name))
            return Path.GetDirectoryName(Path.GetFullPath(name))!;
        if (Directory.Exists(name) || !ContentDigest.IsId(name.Split('#')[0]))
            return name;
        string ensemble = Path.Combine(store, "ensembles", name);
        return EnsembleFolder.IsAt(ensemble) ? ensemble : Path.Combine(store, name);
    }

    /// <summary>The checkpoint of a run whose folder is given itself, or null.</summary>
    private static EnsembleMember? CheckpointOf(string folder)
    {
        string model = Path.Combine(folder, Checkpoint.ModelFileName);
        if (!File.Exists(model))
            return null;
        string? run = Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));
        if (run is null || !Training.RunFolder.IsAt(run))
            throw new InputException($"'{folder}' has {Checkpoint.ModelFileName}, but neither the config.json of a Llama nor a run that it is a checkpoint of.");
        return new EnsembleMember(run, Training.RunFolder.ReadConfig(run), model);
    }

    private static EnsembleMember Newest(string name, Action<string>? warn)
    {
        if (EnsembleMember.IsSnapshot(name))
            return EnsembleMember.Open([name], warn)[0];
        TrainingConfig config = Training.RunFolder.ReadConfig(name);
        return new EnsembleMember(name, config, Training.RunFolder.RequireCheckpoint(name, config, warn).ModelPath);
    }

    private static EvaluatedModels OfMembers(Device device, IReadOnlyList<EnsembleMember> members, int? window)
    {
        EvaluationMemory.RequireWeights(device, [.. members.Select(member => member.Config.Model)]);
        EnsembleMember first = members[0];
        (Tokenizer tokenizer, int? separator) = Training.RunFolder.ReadTokenizer(first.Folder);
        var models = new List<LlamaModel>();
        try
        {
            foreach (EnsembleMember member in members)
                models.Add(member.Load(device, new LlamaModelOptions(1, 1)));
            return new EvaluatedModels(models, [.. members.Select(member => member.Id)], tokenizer, separator, separator is { } end ? [end] : [], first.Config.Length, window)
            {
                RunFolder = first.Folder,
                RunConfig = first.Config,
            };
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }
    }

    private static EvaluatedModels OfHuggingFace(Device device, IReadOnlyList<ModelFolder> found, int? window)
    {
        EvaluationMemory.RequireWeights(device, [.. found.Select(model => model.Config)]);
        ModelFolder first = found[0];
        var models = new List<LlamaModel>();
        try
        {
            foreach (ModelFolder model in found)
                models.Add(model.Load(device, new LlamaModelOptions(1, 1)));
            return new EvaluatedModels(models, [.. found.Select(model => model.Location)], first.Tokenizer, first.BeginningOfText, first.EndsOfText, found.Min(model => model.Config.Context), window);
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }
    }
}

using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Brings a model from elsewhere into a <see cref="ModelFolder"/> of fp32 weights, an ensemble into an <see cref="EnsembleModelFolder"/>.</summary>
public static class ModelImport
{
    /// <summary>The format of a path, where that is clear, or null.</summary>
    public static ModelFormat? Detect(string weights)
    {
        if (Directory.Exists(weights))
            return ModelFormat.HuggingFace;
        return Path.GetExtension(weights).Equals(".bin", StringComparison.OrdinalIgnoreCase) ? ModelFormat.Llama2c : null;
    }

    /// <summary>Imports a folder in Hugging Face's layout.</summary>
    /// <param name="folder">Its config.json, safetensors and tokenizer.</param>
    /// <param name="tokenizer">The tokenizer's file or folder; null for the one beside the weights.</param>
    /// <param name="target">New, or empty.</param>
    /// <param name="warn">Told what was left out, or null.</param>
    /// <param name="cancellation">Stops it; nothing is left.</param>
    /// <exception cref="InputException">The model is not one that is supported, is damaged or does not fit its tokenizer; or the target is taken.</exception>
    public static ModelFolder FromHuggingFace(string folder, string? tokenizer, string target, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        NewFolder.RequireFree(target);
        var source = ModelFolder.Open(folder, tokenizer);
        using SafetensorsWeights weights = SafetensorsWeights.Open(source.WeightsPath);
        string card = ModelCard.OfImport(source.Config, source.Tokenizer, $"a Hugging Face folder, `{FolderName.Of(folder)}`");
        return Write(source.HuggingFace, source.Tokenizer, weights, card, target, warn, cancellation);
    }

    /// <summary>Imports an exported ensemble: every member.</summary>
    /// <param name="folder">Its members.json, and its members' folders.</param>
    /// <param name="tokenizer">The file or folder of all members' tokenizer; null for those beside the weights.</param>
    /// <param name="target">New, or empty.</param>
    /// <param name="warn">Told what was left out, or null.</param>
    /// <param name="cancellation">Stops it; nothing is left.</param>
    /// <exception cref="InputException">members.json is damaged, a member is missing, not supported or does not go with the first; or the target is taken.</exception>
    public static EnsembleModelFolder FromEnsemble(string folder, string? tokenizer, string target, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        NewFolder.RequireFree(target);
        var source = EnsembleModelFolder.Open(folder, tokenizer);
        RequireWritable(source.Members[0].Tokenizer, warn);
        NewFolder.Fill(target, filled => source.WriteTo(filled, new ExportOptions(), $"an exported ensemble, `{FolderName.Of(folder)}`", cancellation));
        return EnsembleModelFolder.Open(target);
    }

    /// <summary>Imports a llama2.c model. Texts begin and end with the token that begins a text, as llama2.c has it.</summary>
    /// <param name="file">The weights (.bin).</param>
    /// <param name="tokenizer">The tokenizer's file: llama2.c's tokenizer.bin, or any other.</param>
    /// <param name="target">New, or empty.</param>
    /// <param name="warn">Told what was left out, or null.</param>
    /// <param name="cancellation">Stops it; nothing is left.</param>
    /// <exception cref="InputException">The file is damaged or does not fit its tokenizer; or the target is taken.</exception>
    public static ModelFolder FromLlama2c(string file, string? tokenizer, string target, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        NewFolder.RequireFree(target);
        if (tokenizer is null)
            throw new InputException("--tokenizer is required: a llama2.c model has its tokenizer in a file of its own.");
        using var weights = new Llama2cFile(file);
        var found = Tokenizer.Load(tokenizer);
        ModelFolder.RequireVocabulary(file, weights.Config, found);
        var config = new HuggingFaceConfig
        {
            Model = weights.Config,
            BeginningOfText = found.EndOfText,
            EndsOfText = found.EndOfText is { } end ? [end] : [],
        };
        string card = ModelCard.OfImport(weights.Config, found, $"a llama2.c model, `{Path.GetFileName(file)}` (SHA-256 {HashOf(file)})");
        return Write(config, found, weights, card, target, warn, cancellation);
    }

    private static ModelFolder Write(HuggingFaceConfig config, Tokenizer tokenizer, IWeightSource weights, string card, string target, Action<string>? warn, CancellationToken cancellation)
    {
        RequireWritable(tokenizer, warn);
        NewFolder.Fill(target, folder => new ModelFolderWriter(config, tokenizer, weights).Write(folder, card, cancellation));
        return ModelFolder.Open(target);
    }

    private static void RequireWritable(Tokenizer tokenizer, Action<string>? warn)
    {
        if (TransformersTokenizer.FindObstacle(tokenizer) is not { } obstacle)
            return;
        // Its own file is all that this program needs; only byte pairs have none other.
        if (tokenizer is not ScoreMergingTokenizer)
            throw new InputException($"The tokenizer cannot be written as {TransformersTokenizer.FileName}: {obstacle}.");
        warn?.Invoke($"No {TransformersTokenizer.FileName} is written, which transformers would need: {obstacle}.");
    }

    private static string HashOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return ContentDigest.Of(stream);
    }
}

using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Writes what was trained here in Hugging Face's layout.</summary>
public static class ModelExport
{
    private const string Averaging = "the mean of the members' logits, or of their probabilities";

    /// <summary>Exports a run, a snapshot (RUN#CYCLE), an ensemble, or what was imported: a model or an ensemble.</summary>
    /// <param name="source">Its folder.</param>
    /// <param name="target">New, or empty.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <param name="cancellation">Stops it; nothing is left.</param>
    /// <returns>The folders of the models: the target, or those of an ensemble's members in it.</returns>
    /// <exception cref="InputException">The source is none of these or damaged, cannot be expressed, or the target is taken.</exception>
    /// <exception cref="IOException">The disk is full, or failed.</exception>
    public static IReadOnlyList<string> Write(string source, string target, ExportOptions options, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        NewFolder.RequireFree(target);
        if (EnsembleFolder.IsAt(source))
            return WriteEnsemble(source, target, options, warn, cancellation);
        if (EnsembleModelFolder.IsAt(source))
            return WriteImportedEnsemble(EnsembleModelFolder.Open(source), target, options, cancellation);
        if (ModelFolder.IsAt(source))
            WriteImported(ModelFolder.Open(source), target, options, cancellation);
        else
            NewFolder.Fill(target, folder => WriteMember(MemberOf(source, warn), folder, options, cancellation));
        return [target];
    }

    private static void WriteImported(ModelFolder model, string target, ExportOptions options, CancellationToken cancellation)
    {
        RequireExpressible(model.Tokenizer, model.Location);
        string card = ModelCard.OfImport(model.Config, model.Tokenizer, $"elsewhere (here it goes by `{model.Id}`)");
        using SafetensorsWeights weights = SafetensorsWeights.Open(model.WeightsPath);
        NewFolder.Fill(target, folder => Writer(model.HuggingFace, model.Tokenizer, weights, options).Write(folder, card, cancellation));
    }

    private static IReadOnlyList<string> WriteImportedEnsemble(EnsembleModelFolder ensemble, string target, ExportOptions options, CancellationToken cancellation)
    {
        RequireExpressible(ensemble.Members[0].Tokenizer, ensemble.Members[0].Location);
        NewFolder.Fill(target, folder => ensemble.WriteTo(folder, options, "elsewhere", cancellation));
        return [.. ensemble.Members.Select((_, i) => Path.Combine(target, EnsembleModelFolder.NameOf(i)))];
    }

    private static IReadOnlyList<string> WriteEnsemble(string source, string target, ExportOptions options, Action<string>? warn, CancellationToken cancellation)
    {
        IReadOnlyList<EnsembleMember> members = EnsembleFolder.OpenMembers(source, warn);
        (string Folder, EnsembleMember Member)[] named =
            [.. members.Select((member, i) => (EnsembleModelFolder.NameOf(i), member))];
        EnsembleScores? scores = EnsembleFolder.FindScores(source);
        NewFolder.Fill(target, folder =>
        {
            foreach ((string name, EnsembleMember member) in named)
            {
                string memberFolder = Path.Combine(folder, name);
                DurableFile.CreateFolder(memberFolder);
                WriteMember(Opened(member), memberFolder, options, cancellation);
            }

            new EnsembleExportManifest(
                Averaging,
                members[0].Config.DatasetHash,
                [.. named.Select(each => new ExportedMember(each.Folder, each.Member.Config.Id, each.Member.Cycle))],
                scores,
                EnsembleFolder.FindWeights(source)).Write(folder);
            string card = ModelCard.OfEnsemble([.. named.Select(each => (each.Folder, each.Member.Id))], scores, EnsembleExportManifest.FileName, isImported: false);
            DurableFile.WriteAllText(Path.Combine(folder, ModelCard.FileName), card);
        });
        return [.. named.Select(each => Path.Combine(target, each.Folder))];
    }

    /// <summary>A run need not be finished: its newest checkpoint is taken.</summary>
    private static Exported MemberOf(string source, Action<string>? warn)
    {
        if (EnsembleMember.IsSnapshot(source))
            return Opened(EnsembleMember.Open([source], warn)[0]);
        TrainingConfig config = RunFolder.ReadConfig(source);
        config.Validate();
        Checkpoint checkpoint = RunFolder.RequireCheckpoint(source, config, warn);
        return new Exported(source, config, checkpoint.ModelPath, RunFolder.FindResult(source, config), checkpoint.State.Step, Cycle: null);
    }

    private static Exported Opened(EnsembleMember member) =>
        new(member.Folder, member.Config, member.ModelPath, RunFolder.FindResult(member.Folder, member.Config), Step: null, member.Cycle);

    private static void WriteMember(Exported run, string folder, ExportOptions options, CancellationToken cancellation)
    {
        (Tokenizer tokenizer, int? separator) = RunFolder.ReadTokenizer(run.Folder);
        RequireExpressible(tokenizer, run.Folder);
        ModelFolder.RequireVocabulary(run.Folder, run.Config.Model, tokenizer);
        // A document of the training text begins behind the end of another.
        var config = new HuggingFaceConfig
        {
            Model = run.Config.Model,
            BeginningOfText = separator,
            EndsOfText = separator is { } id ? [id] : [],
        };
        string card = ModelCard.OfRun(run.Config, tokenizer, run.Result, run.Step, run.Cycle);
        using SafetensorsWeights weights = SafetensorsWeights.Open(run.ModelPath);
        Writer(config, tokenizer, weights, options).Write(folder, card, cancellation);
    }

    private static ModelFolderWriter Writer(HuggingFaceConfig config, Tokenizer tokenizer, SafetensorsWeights weights, ExportOptions options)
    {
        weights.RequireExactly(new ParameterLayout(config.Model));
        return new ModelFolderWriter(config, tokenizer, weights) { Type = options.Type, ShardBytes = options.ShardBytes };
    }

    private static void RequireExpressible(Tokenizer tokenizer, string source)
    {
        if (TransformersTokenizer.FindObstacle(tokenizer) is { } obstacle)
            throw new InputException($"The tokenizer of '{source}' ({tokenizer.Description}) cannot be expressed as {TransformersTokenizer.FileName}: {obstacle}.");
    }

    /// <param name="Folder">The run's.</param>
    /// <param name="Config">What was trained.</param>
    /// <param name="ModelPath">Its weights.</param>
    /// <param name="Result">What came out; null while it is not finished.</param>
    /// <param name="Step">Of an unfinished run's checkpoint.</param>
    /// <param name="Cycle">Of a snapshot, else null.</param>
    private sealed record Exported(string Folder, TrainingConfig Config, string ModelPath, RunResult? Result, long? Step, int? Cycle);
}

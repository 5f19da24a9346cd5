using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <content>Models from elsewhere: what they were trained on is not known, unless it is given.</content>
internal sealed partial class ContinueVerb
{
    /// <param name="models">One, or an ensemble's members, which have one tokenizer.</param>
    /// <param name="folder">Theirs.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    private int ContinueImported(IReadOnlyList<ModelFolder> models, string folder, CancellationToken cancellation)
    {
        ModelFolder first = models[0];
        if (Branches.Any())
            throw new InputException($"--branch takes a run of --schedule constant; '{folder}' is imported.");
        if (Data is null)
            throw new InputException(DataRequired);
        if (Replay > 0 && OldData is null)
            throw new InputException($"--replay was given {Replay}; what the imported model in '{folder}' was trained on is not known: give it with --old-data.");
        RequireOneOrNoCount(models.Count);
        TrainingOptions options = Options();
        string tokenizerFile = FileOf(first.Tokenizer, first.Location);
        using TokenDataset data = DatasetArgument.OpenOrBuild(Data, ChoicesWith(tokenizerFile), Out, Words, cancellation);
        RequireTokenizer(data, first, tokenizerFile);
        using TokenDataset? old = OldData is null ? null : TokenDataset.Open(OldData, verify: true);
        if (old is not null)
            RequireTokenizer(old, first, tokenizerFile);
        using Device device = OpenDevice();
        ComputePrecision precision = device.Description.HasTensorCores ? ComputePrecision.Bf16 : ComputePrecision.Fp32;
        // Members are measured through the same windows.
        int length = models.Min(model => model.Config.Context);
        EnsembleMember[] before = [.. models.Select((model, i) => new EnsembleMember(
            model.Location,
            Config(ContinuedRuns.OfImported(model, length, data, DefaultBatch, precision).WithSeed((uint)i), data, device.Description),
            model.WeightsPath)
        {
            ImportedId = model.Id,
        })];
        return TrainAndMeasure(before, options, data, old, device, cancellation);
    }

    private static void RequireTokenizer(TokenDataset data, ModelFolder model, string tokenizerFile)
    {
        if (data.Tokenizer.Fingerprint != model.Tokenizer.Fingerprint)
            throw new InputException($"'{data.Folder}' is of the tokenizer '{data.Tokenizer.Name}', and the model in '{model.Location}' of another one, '{model.Tokenizer.Name}': build the dataset with --tokenizer '{tokenizerFile}'.");
    }
}

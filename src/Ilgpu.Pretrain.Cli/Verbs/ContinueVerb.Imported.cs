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
    private int ContinueImported(ModelFolder model, CancellationToken cancellation)
    {
        if (Branches.Any())
            throw new InputException($"--branch takes a run of --schedule constant; '{model.Location}' is an imported model.");
        if (Data is null)
            throw new InputException(DataRequired);
        if (Replay > 0 && OldData is null)
            throw new InputException($"--replay was given {Replay}; what the imported model in '{model.Location}' was trained on is not known: give it with --old-data.");
        TrainingOptions options = Options();
        string tokenizerFile = FileOf(model.Tokenizer, model.Location);
        using TokenDataset data = DatasetArgument.OpenOrBuild(Data, TokenDataset.IsAt(Data) ? DatasetChoices : DatasetChoices with { Tokenizer = Tokenizer ?? tokenizerFile }, Out, Words, cancellation);
        RequireTokenizer(data, model, tokenizerFile);
        using TokenDataset? old = OldData is null ? null : TokenDataset.Open(OldData, verify: true);
        if (old is not null)
            RequireTokenizer(old, model, tokenizerFile);
        using Device device = OpenDevice();
        ComputePrecision precision = device.Description.HasTensorCores ? ComputePrecision.Bf16 : ComputePrecision.Fp32;
        TrainingConfig config = Config(ContinuedRuns.OfImported(model, data, DefaultBatch, precision), data, device.Description);
        EnsembleMember[] before = [new EnsembleMember(model.Location, config, model.WeightsPath) { ImportedId = model.Id }];
        return TrainAndMeasure(before, options, data, old, device, cancellation);
    }

    private static void RequireTokenizer(TokenDataset data, ModelFolder model, string tokenizerFile)
    {
        if (data.Tokenizer.Fingerprint != model.Tokenizer.Fingerprint)
            throw new InputException($"'{data.Folder}' is of the tokenizer '{data.Tokenizer.Name}', and the model in '{model.Location}' of another one, '{model.Tokenizer.Name}': build the dataset with --tokenizer '{tokenizerFile}'.");
    }
}

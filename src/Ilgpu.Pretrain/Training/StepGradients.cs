using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Training;

/// <summary>Brings the batches of a run to its model, and gives the gradients of a step.</summary>
internal sealed class StepGradients
{
    private readonly TrainingConfig config;
    private readonly LlamaModel model;
    private readonly IStepReader reader;
    private readonly int[] inputs;
    private readonly int[] targets;
    private readonly float[] losses;
    private readonly float[] divergences;
    private readonly float scale;
    private readonly long passedOver;
    private long stagedStep = -1;

    public StepGradients(TrainingConfig config, TrainingSources sources, LlamaModel model)
    {
        this.config = config;
        this.model = model;
        reader = ReaderOf(config, sources);
        inputs = new int[config.TokensPerStep];
        targets = new int[config.TokensPerStep];
        losses = new float[model.Options.Tokens];
        divergences = new float[config.SoftLabels is null ? 0 : losses.Length];
        scale = (float)(1.0 / config.TokensPerStep);
        passedOver = config.Start?.DataStep ?? 0;
    }

    /// <summary>The step's gradients into the model's, and its loss: summed in double precision in the order of the tokens.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="stageNext">Whether the step after it is read meanwhile: nothing else may use the model before that.</param>
    public StepLoss Accumulate(long step, bool stageNext)
    {
        if (stagedStep != step)
            Stage(step, pass: 0);
        double sum = 0;
        double divergence = 0;
        for (int pass = 0; pass < config.Accumulation; pass++)
        {
            uint number = unchecked((uint)(((passedOver + step) * config.Accumulation) + pass));
            model.ForwardBackwardStaged(scale, accumulate: pass > 0, config.DropoutSeed, number);
            // While the device computes, the host reads on.
            if (pass + 1 < config.Accumulation)
                Stage(step, pass + 1);
            else if (stageNext)
                Stage(step + 1, pass: 0);
            model.CopyLosses(losses);
            foreach (float loss in losses)
                sum += loss;
            if (config.SoftLabels is null)
                continue;
            model.CopyDivergences(divergences);
            foreach (float each in divergences)
                divergence += each;
        }

        double crossEntropy = sum / config.TokensPerStep;
        return new StepLoss(config.SoftLabels?.Mix.Loss(crossEntropy, divergence / config.TokensPerStep) ?? crossEntropy, crossEntropy);
    }

    private static IStepReader ReaderOf(TrainingConfig config, TrainingSources sources)
    {
        BatchReader first = Reader(sources.Dataset, config.Tokens, config.WindowsPerStep);
        return config.Mixed is { } mixed
            ? new MixedReader(first, Reader(sources.Mixed!, mixed.Tokens, windows: 1), config.WindowsPerStep, mixed.Share)
            : first;

        BatchReader Reader(TokenDataset dataset, long tokens, int windows) => new(
            dataset.Train,
            tokens,
            config.Length,
            windows,
            config.Shuffle,
            config.DataSeed,
            config.Order == ShuffleUnit.Documents ? dataset.TrainDocumentBounds(tokens) : null);
    }

    /// <summary>Starts to bring a micro-batch to the device.</summary>
    private void Stage(long step, int pass)
    {
        if (pass == 0)
            reader.Read(passedOver + step, inputs, targets);
        int tokens = losses.Length;
        model.Stage(inputs.AsSpan(pass * tokens, tokens), targets.AsSpan(pass * tokens, tokens));
        stagedStep = step;
    }
}

using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Training;

/// <summary>A model's loss on held-out text.</summary>
/// <param name="Loss">Mean over all predicted tokens, in nats.</param>
/// <param name="BitsPerByte">The sum of the losses over all bytes of text that the predicted tokens stand for.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
public readonly record struct ValidationScore(double Loss, double BitsPerByte, long Tokens);

/// <summary>Scores a model on the validation part of a dataset in windows of the model's length.</summary>
public sealed class Evaluator
{
    private readonly LlamaModel model;
    private readonly long textBytes;
    private readonly ValidationReader reader;
    private readonly int[] inputs;
    private readonly int[] targets;
    private readonly float[] losses;

    /// <param name="model">Scored as it is when <see cref="Evaluate"/> is called.</param>
    /// <param name="dataset">Whose validation part.</param>
    /// <param name="tokens">Only the first ones; null for all.</param>
    /// <exception cref="InputException">The validation part has nothing to predict, or no text.</exception>
    public Evaluator(LlamaModel model, TokenDataset dataset, long? tokens = null)
    {
        this.model = model;
        reader = new ValidationReader(dataset.Validation, model.Options.Length, model.Options.Batch, tokens);
        textBytes = dataset.ValidationTextBytes(reader.Targets);
        inputs = new int[model.Options.Tokens];
        targets = new int[model.Options.Tokens];
        losses = new float[model.Options.Tokens];
    }

    /// <summary>Tokens that an evaluation predicts.</summary>
    public long Tokens => reader.Targets;

    /// <summary>Losses are summed in double precision in the order of the tokens.</summary>
    public ValidationScore Evaluate(CancellationToken cancellation = default)
    {
        double sum = 0;
        long tokens = 0;
        for (int batch = 0; batch < reader.Batches; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens += reader.Read(batch, inputs, targets);
            model.Losses(inputs, targets, losses);
            foreach (float loss in losses)
                sum += loss;
        }

        double mean = sum / tokens;
        return new ValidationScore(mean, sum / (Math.Log(2) * textBytes), tokens);
    }
}

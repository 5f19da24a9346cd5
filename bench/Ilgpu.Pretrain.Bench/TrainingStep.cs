using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A model and its optimizer on made-up tokens, ready to take steps.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly LlamaModel model;
    private readonly AdamWOptimizer optimizer;
    private readonly int[] inputs;
    private readonly int[] targets;
    private readonly float[] losses;

    public TrainingStep(Device device, StepCase step)
    {
        model = new LlamaModel(device, step.Model, new LlamaModelOptions(step.Batch, step.Length) { Training = true });
        model.Initialize(seed: 1);
        optimizer = new AdamWOptimizer(device, new AdamWSettings(), model.Parameters, model.Gradients, model.Layout.DecayedLength);
        var random = new Random(1);
        inputs = Ids();
        targets = Ids();
        losses = new float[inputs.Length];

        int[] Ids() => [.. Enumerable.Range(0, step.Batch * step.Length).Select(_ => random.Next(step.Model.Vocabulary))];
    }

    /// <summary>Forward, backward, clip, AdamW.</summary>
    public void Take()
    {
        model.ForwardBackward(inputs, targets, 1f / inputs.Length);
        model.CopyLosses(losses);
        optimizer.TryStep(learningRate: 1e-4, out _);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
    }
}

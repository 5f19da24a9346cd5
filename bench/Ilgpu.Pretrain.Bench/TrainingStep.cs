using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A model and its optimizer on made-up tokens, ready to take steps.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly AdamWOptimizer optimizer;
    private readonly int[] inputs;
    private readonly int[] targets;
    private readonly float[] losses;

    public TrainingStep(Device device, StepCase step, ComputePrecision precision = ComputePrecision.Fp32)
    {
        Model = new LlamaModel(device, step.Model, new LlamaModelOptions(step.Batch, step.Length) { Training = true, Precision = precision });
        Model.Initialize(seed: 1);
        optimizer = new AdamWOptimizer(device, new AdamWSettings(), Model.Parameters, Model.Gradients, Model.Layout.DecayedLength, rounded: Model.Rounded);
        var random = new Random(1);
        inputs = Ids();
        targets = Ids();
        losses = new float[inputs.Length];

        int[] Ids() => [.. Enumerable.Range(0, step.Batch * step.Length).Select(_ => random.Next(step.Model.Vocabulary))];
    }

    public LlamaModel Model { get; }

    /// <summary>Forward, backward, clip, AdamW; the losses are copied to the host, so a step has ended when this returns.</summary>
    public void Take(double learningRate = 1e-4)
    {
        ComputeGradients();
        optimizer.TryStep(learningRate, out _);
    }

    /// <summary>Forward and backward alone.</summary>
    public void ComputeGradients()
    {
        Model.ForwardBackward(inputs, targets, 1f / inputs.Length);
        Model.CopyLosses(losses);
    }

    /// <summary>The mean loss of the last pass, in nats a token.</summary>
    public double Loss => losses.Average(loss => (double)loss);

    public void Dispose()
    {
        optimizer.Dispose();
        Model.Dispose();
    }
}

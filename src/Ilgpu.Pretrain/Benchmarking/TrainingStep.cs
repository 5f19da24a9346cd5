using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>A model and its optimizer on made-up tokens, ready to take steps.</summary>
public sealed class TrainingStep : IDisposable
{
    private readonly IOptimizer optimizer;
    private readonly int[] inputs;
    private readonly int[] targets;
    private readonly float[] losses;

    /// <exception cref="InputException">The configuration or an option is not valid, or the device does not compute in the precision.</exception>
    public TrainingStep(Device device, LlamaConfig model, int batch, int length, ComputePrecision precision = ComputePrecision.Fp32, OptimizerKind optimizer = OptimizerKind.AdamW)
    {
        Model = new LlamaModel(device, model, OptionsOf(batch, length, precision));
        Model.Initialize(seed: 1);
        this.optimizer = Optimizers.Create(optimizer, Model, new AdamWSettings(), new MuonSettings());
        var random = new Random(1);
        inputs = Ids();
        targets = Ids();
        losses = new float[inputs.Length];

        int[] Ids() => [.. Enumerable.Range(0, batch * length).Select(_ => random.Next(model.Vocabulary))];
    }

    public LlamaModel Model { get; }

    /// <summary>What the model is made for.</summary>
    public static LlamaModelOptions OptionsOf(int batch, int length, ComputePrecision precision) => new(batch, length) { Training = true, Precision = precision };

    /// <summary>Forward, backward, clip, update. The losses are on the host when this returns; a GPU may still be at the update.</summary>
    public void Take(double learningRate = 1e-4)
    {
        ComputeGradients();
        optimizer.TryStep(new StepRates(learningRate, WeightDecay: .1), out _);
    }

    /// <summary>Forward and backward alone; the losses are copied to the host.</summary>
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

using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A training step that is measured: a model, and the tokens of a batch.</summary>
public sealed record StepCase(LlamaConfig Model, int Batch, int Length)
{
    public double Flops => Model.TrainingFlopsPerToken(Length) * Batch * Length;

    public static IReadOnlyList<StepCase> All { get; } =
    [
        .. LlamaPresets.All.Where(preset => preset.Name.StartsWith("mini-", StringComparison.Ordinal)).Select(preset => new StepCase(preset, 4, 128)),
        new(
            new LlamaConfig { Name = "hidden-512", Hidden = 512, Mlp = 1792, Layers = 6, Heads = 8, KeyValueHeads = 8, Vocabulary = 4096, Context = 1024 },
            Batch: 1,
            Length: 1024),
        new(
            new LlamaConfig { Name = "gpt2-124m", Hidden = 768, Mlp = 2048, Layers = 12, Heads = 12, KeyValueHeads = 12, Vocabulary = 50257, Context = 64, TiedEmbeddings = true },
            Batch: 4,
            Length: 64),
    ];

    /// <summary>Allocates what the step takes.</summary>
    public TrainingStep Prepare(Device device, ComputePrecision precision = ComputePrecision.Fp32) => new(device, Model, Batch, Length, precision);

    public override string ToString() => $"{Model.Name} {Batch} x {Length}";
}

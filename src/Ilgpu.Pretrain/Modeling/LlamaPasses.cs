using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// The forward and backward pass over the ids that lie in a <see cref="BatchIds"/>. There is one implementation, generic in
/// the elements of the residual branches; this is what does not depend on them.
/// </summary>
internal abstract class LlamaPasses : IDisposable
{
    /// <summary>1 x tokens: those of the last pass that had targets.</summary>
    public abstract Tensor<float> TokenLosses { get; }

    /// <summary>1 x tokens: those of the last pass with gradients.</summary>
    /// <exception cref="InvalidOperationException">There are no teachers.</exception>
    public abstract Tensor<float> TokenDivergences { get; }

    /// <summary>From now on gradients are those of the mix of text and teachers; earlier teachers are forgotten.</summary>
    /// <param name="teachers">Over batches of the same shape, of the same words and elements, on the same device.</param>
    /// <param name="averaging">Of what of several.</param>
    /// <param name="mix">Of text and teachers.</param>
    public abstract void LearnFrom(IEnumerable<LlamaPasses> teachers, EnsembleAveraging averaging, SoftTargetMix mix);

    /// <summary>Losses without dropout and without gradients.</summary>
    public abstract void Losses();

    /// <summary>Logits without dropout of the first tokens, as many as there is room for: tokens x vocabulary.</summary>
    public abstract void Logits(Span<float> logits);

    /// <summary>Losses and gradients.</summary>
    /// <exception cref="InvalidOperationException">The model was not made for training.</exception>
    public abstract void ForwardBackward(float gradientScale, bool accumulate, DropoutMasks masks);

    public abstract void Dispose();
}

/// <summary>Both passes, op by op, over activations that are allocated when it is made.</summary>
/// <typeparam name="T">Elements of the residual branches: fp32 or bf16.</typeparam>
internal sealed partial class LlamaPasses<T> : LlamaPasses
    where T : unmanaged
{
    private readonly Device device;
    private readonly LlamaConfig config;
    private readonly LlamaModelOptions options;
    private readonly LlamaOps<T> ops;
    private readonly Activations<T> activations;
    private readonly LlamaWeights weights;
    private readonly LlamaMatrices<T> matrices;
    private readonly LlamaWeights? gradients;
    private readonly BatchIds ids;
    private readonly RopeTable rope;
    private readonly AttentionShape shape;
    private readonly float epsilon;
    private SoftTargets<T>? softTargets;

    /// <param name="device">Where everything lies.</param>
    /// <param name="config">The model.</param>
    /// <param name="options">What the activations are planned for.</param>
    /// <param name="weights">The fp32 parameters: embedding and gains are read from them.</param>
    /// <param name="matrices">What products take.</param>
    /// <param name="gradients">Null without training.</param>
    /// <param name="ids">Of the batch.</param>
    public LlamaPasses(
        Device device,
        LlamaConfig config,
        LlamaModelOptions options,
        LlamaWeights weights,
        LlamaMatrices<T> matrices,
        LlamaWeights? gradients,
        BatchIds ids)
    {
        this.device = device;
        this.config = config;
        this.options = options;
        this.weights = weights;
        this.matrices = matrices;
        this.gradients = gradients;
        this.ids = ids;
        shape = new AttentionShape(options.Batch, options.Length, config.Heads, config.KeyValueHeads, config.HeadSize);
        epsilon = (float)config.NormEpsilon;
        ops = new LlamaOps<T>(device, options.Rung);
        rope = new RopeTable(device, options.Length, config.HeadSize, config.RopeTheta);
        activations = new Activations<T>(device, new ActivationLayout(config, options));
    }

    public override Tensor<float> TokenLosses => activations.Losses;

    public override Tensor<float> TokenDivergences =>
        softTargets?.Divergences ?? throw new InvalidOperationException("The model has no teachers.");

    /// <summary>tokens x hidden: what <see cref="HiddenStates"/> writes.</summary>
    public Tensor<T> Normed => activations.Normed;

    /// <summary>vocabulary x hidden.</summary>
    public Tensor<T> Head => matrices.Head;

    /// <summary>A chunk of tokens x vocabulary: scratch of the head.</summary>
    public Tensor<float> ChunkLogits => activations.Logits;

    public override void LearnFrom(IEnumerable<LlamaPasses> teachers, EnsembleAveraging averaging, SoftTargetMix mix)
    {
        softTargets?.Dispose();
        softTargets = new SoftTargets<T>(device, [.. teachers.Cast<LlamaPasses<T>>()], options.Tokens, averaging, mix, options.Rung);
    }

    public override void Dispose()
    {
        softTargets?.Dispose();
        activations.Dispose();
        rope.Dispose();
    }
}

using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// A Llama decoder on a device: its parameters, and forward and backward passes over batches of token ids. There is no
/// autograd: each pass is a list of op calls. All memory is allocated when the model is made.
/// </summary>
/// <remarks>
/// What a sequence's tokens get does not depend on the other sequences of the batch nor on the number of threads, to the
/// bit. Used from one thread at a time, as its device is.
/// </remarks>
public sealed partial class LlamaModel : IDisposable
{
    private readonly Device device;
    private readonly LlamaOps ops;
    private readonly Activations activations;
    private readonly Slab<float>? gradients;
    private readonly LlamaWeights weights;
    private readonly LlamaWeights? weightGradients;
    private readonly RopeTable rope;
    private readonly AttentionShape shape;
    private readonly float epsilon;
    private readonly int[] paddedIds;

    /// <summary>Allocates everything; the parameters are zero until <see cref="Initialize"/> or a checkpoint fills them.</summary>
    /// <exception cref="InputException">The configuration or an option is not valid.</exception>
    public LlamaModel(Device device, LlamaConfig config, LlamaModelOptions options)
    {
        Layout = new ParameterLayout(config);
        options.Validate(config);
        this.device = device;
        Config = config;
        Options = options;
        shape = new AttentionShape(options.Batch, options.Length, config.Heads, config.KeyValueHeads, config.HeadSize);
        epsilon = (float)config.NormEpsilon;
        ops = new LlamaOps(device, options.Rung);
        rope = new RopeTable(device, options.Length, config.HeadSize, config.RopeTheta);
        Parameters = new Slab<float>(device, Layout.Slab);
        weights = new LlamaWeights(Layout, Parameters);
        if (options.Training)
        {
            gradients = new Slab<float>(device, Layout.Slab);
            weightGradients = new LlamaWeights(Layout, gradients);
        }

        activations = new Activations(device, new ActivationLayout(config, options));
        paddedIds = new int[options.Tokens];
    }

    public LlamaConfig Config { get; }

    public LlamaModelOptions Options { get; }

    public ParameterLayout Layout { get; }

    public Device Device => device;

    /// <summary>All parameters, as <see cref="Layout"/> lays them out.</summary>
    public Slab<float> Parameters { get; }

    internal LlamaWeights Weights => weights;

    /// <summary>The gradients of the last backward passes, in the parameters' layout.</summary>
    /// <exception cref="InvalidOperationException">The model was not made for training.</exception>
    public Slab<float> Gradients => gradients ?? throw NotTraining();

    /// <summary>
    /// Draws the parameters: matrices from a normal distribution cut at three standard deviations, times 1 / sqrt(inputs)
    /// (for the embedding 1 / sqrt(hidden)); gains 1. Each tensor has a stream of its own, named by seed and tensor.
    /// </summary>
    public void Initialize(ulong seed) => ParameterInitialization.Fill(Parameters, Layout, seed);

    /// <summary>Copies the losses of the last pass, in nats, one a token in the order of the inputs.</summary>
    /// <param name="losses">As many as that pass had targets.</param>
    public void CopyLosses(Span<float> losses)
    {
        RequireWholeSequences(losses.Length);
        activations.Losses.Stretch(0, losses.Length).CopyTo(losses);
    }

    public void Dispose()
    {
        activations.Dispose();
        gradients?.Dispose();
        Parameters.Dispose();
        rope.Dispose();
    }

    private static InvalidOperationException NotTraining() => new("The model was made without training: it has no gradients.");
}

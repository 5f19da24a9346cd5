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
public sealed class LlamaModel : IDisposable
{
    private readonly LlamaPasses passes;
    private readonly BatchIds ids;
    private readonly Slab<float>? gradients;
    private readonly StagedCopy<float> lossesOnHost;

    /// <summary>Allocates everything; the parameters are zero until <see cref="Initialize"/> or a checkpoint fills them.</summary>
    /// <exception cref="InputException">The configuration or an option is not valid, or the device does not compute in the precision.</exception>
    public LlamaModel(Device device, LlamaConfig config, LlamaModelOptions options)
    {
        Layout = new ParameterLayout(config);
        options.Validate(config);
        options.RequirePrecision(device);
        Device = device;
        Config = config;
        Options = options;
        Parameters = new Slab<float>(device, Layout.Slab);
        Weights = new LlamaWeights(Layout, Parameters);
        if (options.Training)
            gradients = new Slab<float>(device, Layout.Slab);
        LlamaWeights? weightGradients = gradients is null ? null : new LlamaWeights(Layout, gradients);
        ids = new BatchIds(device, options, config.Vocabulary);
        lossesOnHost = new StagedCopy<float>(device, options.Tokens);
        if (options.Precision == ComputePrecision.Bf16)
        {
            Rounded = new Slab<BFloat16>(device, Layout.Slab);
            passes = new LlamaPasses<BFloat16>(device, config, options, Weights, new LlamaMatrices<BFloat16>(Layout, Rounded), weightGradients, ids);
        }
        else
        {
            passes = new LlamaPasses<float>(device, config, options, Weights, new LlamaMatrices<float>(Layout, Parameters), weightGradients, ids);
        }
    }

    public LlamaConfig Config { get; }

    public LlamaModelOptions Options { get; }

    public ParameterLayout Layout { get; }

    public Device Device { get; }

    /// <summary>All parameters, as <see cref="Layout"/> lays them out. Whoever writes them calls <see cref="RoundParameters"/> afterwards.</summary>
    public Slab<float> Parameters { get; }

    /// <summary>The parameters rounded to what products take, in the same layout; null where that is fp32. The optimizer writes both.</summary>
    public Slab<BFloat16>? Rounded { get; }

    internal LlamaWeights Weights { get; }

    /// <summary>The gradients of the last backward passes, in the parameters' layout.</summary>
    /// <exception cref="InvalidOperationException">The model was not made for training.</exception>
    public Slab<float> Gradients => gradients ?? throw new InvalidOperationException("The model was made without training: it has no gradients.");

    /// <summary>
    /// Draws the parameters: matrices from a normal distribution cut at three standard deviations, times 1 / sqrt(inputs)
    /// (for the embedding 1 / sqrt(hidden)); gains 1. Each tensor has a stream of its own, named by seed and tensor.
    /// </summary>
    public void Initialize(ulong seed)
    {
        ParameterInitialization.Fill(Parameters, Layout, seed);
        RoundParameters();
    }

    /// <summary>Brings <see cref="Rounded"/> up to date with parameters that were written from the host.</summary>
    public void RoundParameters()
    {
        if (Rounded is null)
            return;
        foreach (SlabEntry entry in Layout.Slab.Entries)
            Rounded[entry].CopyFrom(Array.ConvertAll(Parameters[entry].ToArray(), BFloat16.FromSingle));
    }

    /// <summary>
    /// Has <see cref="ForwardBackward"/> learn from other models' distributions beside the text: the gradients are those of
    /// <see cref="SoftTargetMix.Loss"/>, of the losses that <see cref="CopyLosses"/> and <see cref="CopyDivergences"/> give. Each
    /// pass runs the teachers over its own batch, without dropout.
    /// </summary>
    /// <param name="teachers">
    /// One at least, for batches of this model's shape, of its vocabulary, precision and device; of any width and depth. They
    /// have to outlive this model, and run no pass of their own while one of its is under way.
    /// </param>
    /// <param name="averaging">Of what of several.</param>
    /// <param name="mix">Of text and teachers.</param>
    /// <exception cref="ArgumentException">There is none, or one does not fit.</exception>
    public void LearnFrom(IReadOnlyList<LlamaModel> teachers, EnsembleAveraging averaging, SoftTargetMix mix)
    {
        ArgumentOutOfRangeException.ThrowIfZero(teachers.Count);
        foreach (LlamaModel teacher in teachers)
        {
            if (teacher == this || teacher.Device != Device)
                throw new ArgumentException("A teacher is another model on the student's device.", nameof(teachers));
            if ((teacher.Options.Batch, teacher.Options.Length, teacher.Options.Precision, teacher.Config.Vocabulary)
                != (Options.Batch, Options.Length, Options.Precision, Config.Vocabulary))
            {
                throw new ArgumentException($"Teacher '{teacher.Config.Name}' is for batches of another shape, another precision or another vocabulary than the student.", nameof(teachers));
            }
        }

        passes.LearnFrom(teachers.Select(teacher => teacher.passes), averaging, mix);
    }

    /// <summary>
    /// Losses and gradients of a micro-batch: afterwards <see cref="Gradients"/> holds gradientScale times the gradient
    /// of the sum of the losses, added to what it held if asked, and <see cref="CopyLosses"/> gives the losses.
    /// </summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <param name="targets">The next token of each input; -1 leaves one out.</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of its mean loss.</param>
    /// <param name="accumulate">Whether gradients are added to, for the second and later micro-batches of a step.</param>
    /// <param name="dropoutSeed">The run's dropout seed; without meaning at rate 0.</param>
    /// <param name="dropoutStep">The micro-batch's number in the run: each draws masks of its own.</param>
    /// <exception cref="ArgumentException">The counts do not fit, or an id lies outside the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The model was not made for training.</exception>
    public void ForwardBackward(
        ReadOnlySpan<int> inputs,
        ReadOnlySpan<int> targets,
        float gradientScale,
        bool accumulate = false,
        uint dropoutSeed = 0,
        uint dropoutStep = 0)
    {
        Stage(inputs, targets);
        ForwardBackwardStaged(gradientScale, accumulate, dropoutSeed, dropoutStep);
    }

    /// <summary>
    /// Starts to bring a micro-batch to the device, beside what it computes: <see cref="ForwardBackwardStaged"/> takes it. The
    /// losses of the pass before the last have to have been copied.
    /// </summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <param name="targets">The next token of each input; -1 leaves one out.</param>
    /// <exception cref="ArgumentException">The counts do not fit, or an id lies outside the vocabulary.</exception>
    public void Stage(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets)
    {
        if (targets.Length != inputs.Length)
            throw new ArgumentException($"{targets.Length} targets do not match {inputs.Length} inputs.", nameof(targets));
        ids.Stage(inputs, targets);
    }

    /// <summary>As <see cref="ForwardBackward"/>, of the micro-batch that was staged last.</summary>
    /// <exception cref="InvalidOperationException">The model was not made for training.</exception>
    public void ForwardBackwardStaged(float gradientScale, bool accumulate = false, uint dropoutSeed = 0, uint dropoutStep = 0)
    {
        ids.Take();
        passes.ForwardBackward(gradientScale, accumulate, new DropoutMasks(Options.Dropout, dropoutSeed, dropoutStep));
    }

    /// <summary>The losses of a batch, without dropout and without gradients.</summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <param name="targets">The next token of each input; -1 leaves one out, its loss is 0.</param>
    /// <param name="losses">As many; overwritten, in nats.</param>
    /// <exception cref="ArgumentException">The counts do not fit, or an id lies outside the vocabulary.</exception>
    public void Losses(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets, Span<float> losses)
    {
        Stage(inputs, targets);
        ids.Take();
        passes.Losses();
        CopyLosses(losses);
    }

    /// <summary>The logits of all tokens of a batch, without dropout.</summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <param name="logits">inputs x vocabulary; overwritten.</param>
    /// <exception cref="ArgumentException">The counts do not fit, or an id lies outside the vocabulary.</exception>
    public void Logits(ReadOnlySpan<int> inputs, Span<float> logits)
    {
        if (logits.Length != (long)inputs.Length * Config.Vocabulary)
            throw new ArgumentException($"{logits.Length} logits are not {inputs.Length} x {Config.Vocabulary}.", nameof(logits));
        ids.Stage(inputs, targets: []);
        ids.Take();
        passes.Logits(logits);
    }

    /// <summary>
    /// The final norm's output of a batch, without dropout: what the head makes logits of. A view of the model's own
    /// memory, which the next pass overwrites.
    /// </summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <returns>inputs x hidden.</returns>
    /// <exception cref="ArgumentException">The count does not fit, or an id lies outside the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The model does not compute in fp32.</exception>
    internal Tensor<float> HiddenStates(ReadOnlySpan<int> inputs)
    {
        if (passes is not LlamaPasses<float> single)
            throw new InvalidOperationException("Hidden states are taken from a model that computes in fp32.");
        ids.Stage(inputs, targets: []);
        ids.Take();
        return single.HiddenStates(ids.Inputs).RowRange(0, inputs.Length);
    }

    /// <summary>Copies the losses of the last pass, in nats, one a token in the order of the inputs.</summary>
    /// <param name="losses">As many as that pass had targets.</param>
    public void CopyLosses(Span<float> losses)
    {
        ids.RequireWholeSequences(losses.Length);
        lossesOnHost.Fetch(passes.TokenLosses);
        lossesOnHost.Host[..losses.Length].CopyTo(losses);
    }

    /// <summary>Copies the last backward pass's divergences from the teachers, in nats, one a token in the order of the inputs.</summary>
    /// <param name="divergences">As many as that pass had targets.</param>
    /// <exception cref="InvalidOperationException">There are no teachers.</exception>
    public void CopyDivergences(Span<float> divergences)
    {
        ids.RequireWholeSequences(divergences.Length);
        lossesOnHost.Fetch(passes.TokenDivergences);
        lossesOnHost.Host[..divergences.Length].CopyTo(divergences);
    }

    public void Dispose()
    {
        passes.Dispose();
        lossesOnHost.Dispose();
        ids.Dispose();
        gradients?.Dispose();
        Rounded?.Dispose();
        Parameters.Dispose();
    }
}

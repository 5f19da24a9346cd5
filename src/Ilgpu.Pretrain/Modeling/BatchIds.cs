using System.Runtime.CompilerServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// The token ids of a batch on the device. They are checked on their way there, since a kernel that leaves its views ends
/// the process.
/// </summary>
internal sealed class BatchIds : IDisposable
{
    /// <summary>An input that stands in for a sequence that is not there.</summary>
    private const int PaddingInput = 0;

    /// <summary>A target that leaves its token out of loss and gradient.</summary>
    private const int NoTarget = -1;

    private readonly LlamaModelOptions options;
    private readonly int vocabulary;
    private readonly Slab<int> slab;
    private readonly int[] padded;

    public BatchIds(Device device, LlamaModelOptions options, int vocabulary)
    {
        this.options = options;
        this.vocabulary = vocabulary;
        SlabLayout layout = Layout(options.Tokens, out SlabEntry inputs, out SlabEntry targets);
        slab = new Slab<int>(device, layout);
        Inputs = slab[inputs];
        Targets = slab[targets];
        padded = new int[options.Tokens];
    }

    /// <summary>1 x tokens.</summary>
    public Tensor<int> Inputs { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<int> Targets { get; }

    /// <summary>Bytes of device memory.</summary>
    public static long Bytes(int tokens) => Layout(tokens, out _, out _).Length * sizeof(int);

    /// <exception cref="ArgumentException">The count does not fit, or an id lies outside the vocabulary.</exception>
    public void UploadInputs(ReadOnlySpan<int> inputs)
    {
        RequireWholeSequences(inputs.Length);
        RequireIds(inputs, smallest: 0);
        Upload(Inputs, inputs, PaddingInput);
    }

    /// <exception cref="ArgumentException">The count does not fit, or an id lies outside the vocabulary.</exception>
    public void UploadTargets(ReadOnlySpan<int> targets, int inputCount)
    {
        if (targets.Length != inputCount)
            throw new ArgumentException($"{targets.Length} targets do not match {inputCount} inputs.", nameof(targets));
        RequireIds(targets, NoTarget);
        Upload(Targets, targets, NoTarget);
    }

    /// <exception cref="ArgumentException">They are not.</exception>
    public void RequireWholeSequences(int count, [CallerArgumentExpression(nameof(count))] string? name = null)
    {
        if (count < 1 || count > options.Tokens || count % options.Length != 0)
            throw new ArgumentException($"{name}: {count} tokens are not 1 to {options.Batch} sequences of {options.Length}.");
    }

    public void Dispose() => slab.Dispose();

    private static SlabLayout Layout(int tokens, out SlabEntry inputs, out SlabEntry targets)
    {
        var layout = new SlabLayout();
        inputs = layout.Reserve("inputs", 1, tokens);
        targets = layout.Reserve("targets", 1, tokens);
        return layout;
    }

    private void Upload(in Tensor<int> destination, ReadOnlySpan<int> ids, int padding)
    {
        ids.CopyTo(padded);
        padded.AsSpan(ids.Length).Fill(padding);
        destination.CopyFrom(padded);
    }

    private void RequireIds(ReadOnlySpan<int> ids, int smallest, [CallerArgumentExpression(nameof(ids))] string? name = null)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] < smallest || ids[i] >= vocabulary)
                throw new ArgumentException($"{name}[{i}] is {ids[i]}; the vocabulary's ids lie in {smallest} to {vocabulary - 1}.", name);
        }
    }
}

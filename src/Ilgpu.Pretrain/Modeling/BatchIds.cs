using System.Runtime.CompilerServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// The token ids of a batch on the device, in two places: one that passes read, and one that the next batch goes to
/// meanwhile. Ids are checked on their way there, since a kernel that leaves its views ends the process.
/// </summary>
internal sealed class BatchIds : IDisposable
{
    /// <summary>An input that stands in for a sequence that is not there.</summary>
    private const int PaddingInput = 0;

    /// <summary>A target that leaves its token out of loss and gradient.</summary>
    private const int NoTarget = -1;

    private readonly LlamaModelOptions options;
    private readonly int vocabulary;
    private readonly SlabEntry inputsEntry;
    private readonly SlabEntry targetsEntry;
    private readonly Slab<int>[] places;
    private readonly StagedCopy<int> copy;
    private int read;

    public BatchIds(Device device, LlamaModelOptions options, int vocabulary)
    {
        this.options = options;
        this.vocabulary = vocabulary;
        SlabLayout layout = Layout(options.Tokens, out inputsEntry, out targetsEntry);
        places = [new Slab<int>(device, layout), new Slab<int>(device, layout)];
        copy = new StagedCopy<int>(device, checked((int)layout.Length));
    }

    /// <summary>1 x tokens: what passes read.</summary>
    public Tensor<int> Inputs => places[read][inputsEntry];

    /// <summary>1 x tokens: what passes read.</summary>
    public Tensor<int> Targets => places[read][targetsEntry];

    /// <summary>Bytes of device memory.</summary>
    public static long Bytes(int tokens) => 2 * Layout(tokens, out _, out _).Length * sizeof(int);

    /// <summary>Starts to bring a batch to the place that no pass reads.</summary>
    /// <param name="inputs">Whole sequences.</param>
    /// <param name="targets">As many; empty where no pass is to read any.</param>
    /// <exception cref="ArgumentException">The counts do not fit, or an id lies outside the vocabulary.</exception>
    public void Stage(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets)
    {
        RequireWholeSequences(inputs.Length);
        RequireIds(inputs, smallest: 0);
        if (targets.Length != 0 && targets.Length != inputs.Length)
            throw new ArgumentException($"{targets.Length} targets do not match {inputs.Length} inputs.", nameof(targets));
        RequireIds(targets, NoTarget);
        Write(inputsEntry, inputs, PaddingInput);
        Write(targetsEntry, targets, NoTarget);
        Slab<int> place = places[1 - read];
        copy.Begin(new Tensor<int>(place.View, 1, (int)place.View.Length));
    }

    /// <summary>The staged batch becomes the one that passes read.</summary>
    public void Take()
    {
        copy.Complete();
        read = 1 - read;
    }

    /// <exception cref="ArgumentException">They are not.</exception>
    public void RequireWholeSequences(int count, [CallerArgumentExpression(nameof(count))] string? name = null)
    {
        if (count < 1 || count > options.Tokens || count % options.Length != 0)
            throw new ArgumentException($"{name}: {count} tokens are not 1 to {options.Batch} sequences of {options.Length}.");
    }

    public void Dispose()
    {
        copy.Dispose();
        foreach (Slab<int> place in places)
            place.Dispose();
    }

    private static SlabLayout Layout(int tokens, out SlabEntry inputs, out SlabEntry targets)
    {
        var layout = new SlabLayout();
        inputs = layout.Reserve("inputs", 1, tokens);
        targets = layout.Reserve("targets", 1, tokens);
        return layout;
    }

    private void Write(SlabEntry entry, ReadOnlySpan<int> ids, int padding)
    {
        Span<int> place = copy.Host.Slice((int)entry.Offset, (int)entry.Length);
        ids.CopyTo(place);
        place[ids.Length..].Fill(padding);
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

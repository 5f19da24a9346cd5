using System.Runtime.CompilerServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>Token ids on their way to the device: checked here, since a kernel that leaves its views ends the process.</summary>
public sealed partial class LlamaModel
{
    /// <summary>An input that stands in for a sequence that is not there.</summary>
    private const int PaddingInput = 0;

    /// <summary>A target that leaves its token out of loss and gradient.</summary>
    private const int NoTarget = -1;

    private void UploadInputs(ReadOnlySpan<int> inputs)
    {
        RequireWholeSequences(inputs.Length);
        RequireIds(inputs, smallest: 0);
        Upload(activations.InputIds, inputs, PaddingInput);
    }

    private void UploadTargets(ReadOnlySpan<int> targets, int inputCount)
    {
        if (targets.Length != inputCount)
            throw new ArgumentException($"{targets.Length} targets do not match {inputCount} inputs.", nameof(targets));
        RequireIds(targets, NoTarget);
        Upload(activations.TargetIds, targets, NoTarget);
    }

    private void Upload(in Tensor<int> destination, ReadOnlySpan<int> ids, int padding)
    {
        ids.CopyTo(paddedIds);
        paddedIds.AsSpan(ids.Length).Fill(padding);
        destination.CopyFrom(paddedIds);
    }

    private void RequireWholeSequences(int count, [CallerArgumentExpression(nameof(count))] string? name = null)
    {
        if (count < 1 || count > Options.Tokens || count % Options.Length != 0)
            throw new ArgumentException($"{name}: {count} tokens are not 1 to {Options.Batch} sequences of {Options.Length}.");
    }

    private void RequireIds(ReadOnlySpan<int> ids, int smallest, [CallerArgumentExpression(nameof(ids))] string? name = null)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] < smallest || ids[i] >= Config.Vocabulary)
                throw new ArgumentException($"{name}[{i}] is {ids[i]}; the vocabulary's ids lie in {smallest} to {Config.Vocabulary - 1}.", name);
        }
    }
}

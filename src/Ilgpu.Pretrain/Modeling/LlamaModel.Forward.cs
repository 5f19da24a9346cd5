using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The forward pass, op by op.</summary>
public sealed partial class LlamaModel
{
    /// <summary>The losses of a batch, without dropout and without gradients.</summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <param name="targets">The next token of each input; -1 leaves one out, its loss is 0.</param>
    /// <param name="losses">As many; overwritten, in nats.</param>
    /// <exception cref="ArgumentException">The counts do not fit, or an id lies outside the vocabulary.</exception>
    public void Losses(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets, Span<float> losses)
    {
        UploadInputs(inputs);
        UploadTargets(targets, inputs.Length);
        Forward(default);
        ops.OutputHead.Forward(activations.Losses, activations.Normed, weights.Head, activations.TargetIds, activations.Logits);
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
        UploadInputs(inputs);
        Forward(default);
        int chunk = activations.Logits.Rows;
        for (int first = 0; first < inputs.Length; first += chunk)
        {
            int count = Math.Min(chunk, inputs.Length - first);
            Tensor<float> rows = activations.Logits.RowRange(0, count);
            ops.Matmul.Multiply(rows, activations.Normed.RowRange(first, count), weights.Head, MatmulLayout.NT);
            rows.CopyTo(logits.Slice(first * Config.Vocabulary, count * Config.Vocabulary));
        }
    }

    /// <summary>
    /// The final norm's output of a batch, without dropout: what the head makes logits of. A view of the model's own
    /// memory, which the next pass overwrites.
    /// </summary>
    /// <param name="inputs">Token ids: 1 to Batch whole sequences of Length, one after another.</param>
    /// <returns>inputs x hidden.</returns>
    /// <exception cref="ArgumentException">The count does not fit, or an id lies outside the vocabulary.</exception>
    internal Tensor<float> HiddenStates(ReadOnlySpan<int> inputs)
    {
        UploadInputs(inputs);
        Forward(default);
        return activations.Normed.RowRange(0, inputs.Length);
    }

    /// <summary>From the ids on the device to the final norm's output.</summary>
    private void Forward(DropoutMasks masks)
    {
        Tensor<float> embedded = activations.Layers[0].Input;
        ops.Embedding.Forward(embedded, activations.InputIds, weights.Embedding);
        if (masks.Any)
            ops.Dropout.Apply(embedded, embedded, addend: null, masks.Rate, masks.Embedding);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            ForwardInsideLayer(layer, masks);
            LayerActivations a = activations.Layers[layer];
            JoinResidual(activations.OutputOf(layer), a.Middle, a.Gated, weights.Layers[layer].Down, masks, masks.Mlp(layer));
        }

        ops.RmsNorm.Forward(activations.Normed, activations.InverseRms, activations.Output, weights.FinalNorm, epsilon);
    }

    /// <summary>All of a layer but its last product: what its backward pass needs, and so what recomputation repeats.</summary>
    private void ForwardInsideLayer(int layer, DropoutMasks masks)
    {
        LayerWeights w = weights.Layers[layer];
        LayerActivations a = activations.Layers[layer];

        ops.RmsNorm.Forward(a.AttentionNormed, a.AttentionInverseRms, a.Input, w.AttentionNorm, epsilon);
        ops.Matmul.Multiply(a.Qkv, a.AttentionNormed, w.Qkv, MatmulLayout.NT);
        ops.Rope.Forward(a.Qkv, rope, shape);
        ops.Attention.Forward(a.Attended, a.LogSumExp, a.Qkv, shape);
        JoinResidual(a.Middle, a.Input, a.Attended, w.AttentionOutput, masks, masks.Attention(layer));

        ops.RmsNorm.Forward(a.MlpNormed, a.MlpInverseRms, a.Middle, w.MlpNorm, epsilon);
        ops.Matmul.Multiply(a.GateUp, a.MlpNormed, w.GateUp, MatmulLayout.NT);
        ops.SwiGlu.Forward(a.Gated, a.GateUp);
    }

    /// <summary>output = residual + dropout(input projection^T). Output may be the residual itself.</summary>
    private void JoinResidual(
        in Tensor<float> output,
        in Tensor<float> residual,
        in Tensor<float> input,
        in Tensor<float> projection,
        DropoutMasks masks,
        DropoutKey mask)
    {
        if (!masks.Any || activations.Dropped is not { } dropped)
        {
            ops.Matmul.Multiply(output, input, projection, MatmulLayout.NT, residual);
            return;
        }

        ops.Matmul.Multiply(dropped, input, projection, MatmulLayout.NT);
        ops.Dropout.Apply(output, dropped, residual, masks.Rate, mask);
    }
}

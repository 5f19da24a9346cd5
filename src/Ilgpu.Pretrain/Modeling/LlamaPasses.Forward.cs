using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The forward pass, op by op.</summary>
internal sealed partial class LlamaPasses<T>
{
    public override void Losses()
    {
        Forward(ids.Inputs, default);
        ops.OutputHead.Forward(activations.Losses, activations.Normed, matrices.Head, ids.Targets, activations.Logits);
    }

    public override void Logits(Span<float> logits)
    {
        Forward(ids.Inputs, default);
        int vocabulary = config.Vocabulary;
        int tokens = logits.Length / vocabulary;
        int chunk = activations.Logits.Rows;
        for (int first = 0; first < tokens; first += chunk)
        {
            int count = Math.Min(chunk, tokens - first);
            Tensor<float> rows = activations.Logits.RowRange(0, count);
            ops.Matmul.Multiply(rows, activations.Normed.RowRange(first, count), matrices.Head, MatmulLayout.NT);
            rows.CopyTo(logits.Slice(first * vocabulary, count * vocabulary));
        }
    }

    /// <summary>The final norm's output of a batch, without dropout: tokens x hidden.</summary>
    /// <param name="inputs">1 x tokens: this model's own or another's, of as many sequences, as long.</param>
    public Tensor<T> HiddenStates(in Tensor<int> inputs)
    {
        Forward(inputs, default);
        return activations.Normed;
    }

    /// <summary>From the ids on the device to the final norm's output.</summary>
    private void Forward(in Tensor<int> inputs, DropoutMasks masks)
    {
        Tensor<float> embedded = activations.Layers[0].Input;
        ops.Embedding.Forward(embedded, inputs, weights.Embedding);
        if (masks.Any)
            ops.Dropout.Apply(embedded, embedded, addend: null, masks.Rate, masks.Embedding);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            ForwardInsideLayer(layer, masks);
            LayerActivations<T> a = activations.Layers[layer];
            JoinResidual(activations.OutputOf(layer), a.Middle, a.Gated, matrices.Layers[layer].Down, masks, masks.Mlp(layer));
        }

        ops.RmsNorm.Forward(activations.Normed, activations.InverseRms, activations.Output, weights.FinalNorm, epsilon);
    }

    /// <summary>All of a layer but its last product: what its backward pass needs, and so what recomputation repeats.</summary>
    private void ForwardInsideLayer(int layer, DropoutMasks masks)
    {
        LayerWeights gains = weights.Layers[layer];
        LayerMatrixTensors<T> w = matrices.Layers[layer];
        LayerActivations<T> a = activations.Layers[layer];

        ops.RmsNorm.Forward(a.AttentionNormed, a.AttentionInverseRms, a.Input, gains.AttentionNorm, epsilon);
        ops.Matmul.MultiplyRounded(a.Qkv, a.AttentionNormed, w.Qkv, MatmulLayout.NT);
        ops.Rope.Forward(a.Qkv, rope, shape);
        ops.Attention.Forward(a.Attended, a.LogSumExp, a.Qkv, shape);
        JoinResidual(a.Middle, a.Input, a.Attended, w.AttentionOutput, masks, masks.Attention(layer));

        ops.RmsNorm.Forward(a.MlpNormed, a.MlpInverseRms, a.Middle, gains.MlpNorm, epsilon);
        ops.Matmul.MultiplyRounded(a.GateUp, a.MlpNormed, w.GateUp, MatmulLayout.NT);
        ops.SwiGlu.Forward(a.Gated, a.GateUp);
    }

    /// <summary>output = residual + dropout(input projection^T). Output may be the residual itself.</summary>
    private void JoinResidual(
        in Tensor<float> output,
        in Tensor<float> residual,
        in Tensor<T> input,
        in Tensor<T> projection,
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

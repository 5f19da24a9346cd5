using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The backward pass, op by op.</summary>
internal sealed partial class LlamaPasses<T>
{
    public override void ForwardBackward(float gradientScale, bool accumulate, DropoutMasks masks)
    {
        if (activations.Backward is not { } backward || gradients is not { } gradient)
            throw new InvalidOperationException("The model was made without training: it has no gradients.");
        Forward(ids.Inputs, masks);
        BackwardHead(backward, gradient, gradientScale, accumulate);
        backward.Residual.Clear();
        ops.RmsNorm.Backward(
            backward.Residual,
            gradient.FinalNorm,
            backward.Branch,
            activations.Output,
            activations.InverseRms,
            weights.FinalNorm,
            addend: backward.Residual,
            backward.NormScratch,
            accumulate,
            RoundedResidual(backward, masks));

        for (int layer = config.Layers - 1; layer >= 0; layer--)
        {
            // The last layer's activations are still those of the forward pass.
            if (options.Recompute && layer < config.Layers - 1)
                ForwardInsideLayer(layer, masks);
            BackwardMlp(layer, backward, gradient.Layers[layer], masks, accumulate);
            BackwardAttention(layer, backward, gradient.Layers[layer], masks, accumulate);
        }

        if (masks.Any)
            ops.Dropout.Apply(backward.Residual, backward.Residual, addend: null, masks.Rate, masks.Embedding);

        // A tied embedding already holds its gradient as the head.
        ops.Embedding.Backward(gradient.Embedding, backward.Residual, ids.Inputs, accumulate || config.TiedEmbeddings);
    }

    /// <summary>Losses, and the gradients of the final norm's output and of the head: by the text alone, or by soft labels too.</summary>
    private void BackwardHead(BackwardActivations<T> backward, LlamaWeights gradient, float gradientScale, bool accumulate)
    {
        if (softTargets is null)
        {
            ops.OutputHead.ForwardBackward(
                activations.Losses,
                backward.Branch,
                gradient.Head,
                activations.Normed,
                matrices.Head,
                ids.Targets,
                activations.Logits,
                backward.Logits,
                gradientScale,
                accumulate,
                options.ZLoss);
            return;
        }

        softTargets.Forward(ids.Inputs);
        softTargets.Head.ForwardBackward(
            activations.Losses,
            softTargets.Divergences,
            backward.Branch,
            gradient.Head,
            activations.Normed,
            matrices.Head,
            softTargets.Teachers,
            ids.Targets,
            activations.Logits,
            backward.Logits,
            softTargets.Mix,
            gradientScale,
            accumulate);
    }

    private void BackwardMlp(int layer, BackwardActivations<T> backward, LayerWeights gradient, DropoutMasks masks, bool accumulate)
    {
        LayerMatrixTensors<T> w = matrices.Layers[layer];
        LayerActivations<T> a = activations.Layers[layer];
        Tensor<T> gateUpGradient = a.GateUp;

        Tensor<T> outputGradient = ThroughDropout(backward, masks, masks.Mlp(layer));
        ops.Matmul.MultiplyGradients(backward.Gated, gradient.Down, outputGradient, a.Gated, w.Down, accumulate);
        ops.SwiGlu.Backward(gateUpGradient, backward.Gated, a.GateUp);
        ops.Matmul.MultiplyGradients(backward.Branch, gradient.GateUp, gateUpGradient, a.MlpNormed, w.GateUp, accumulate);
        ops.RmsNorm.Backward(
            backward.Residual,
            gradient.MlpNorm,
            backward.Branch,
            a.Middle,
            a.MlpInverseRms,
            weights.Layers[layer].MlpNorm,
            addend: backward.Residual,
            backward.NormScratch,
            accumulate,
            RoundedResidual(backward, masks));
    }

    private void BackwardAttention(int layer, BackwardActivations<T> backward, LayerWeights gradient, DropoutMasks masks, bool accumulate)
    {
        LayerMatrixTensors<T> w = matrices.Layers[layer];
        LayerActivations<T> a = activations.Layers[layer];

        Tensor<T> outputGradient = ThroughDropout(backward, masks, masks.Attention(layer));
        ops.Matmul.MultiplyGradients(backward.Branch, gradient.AttentionOutput, outputGradient, a.Attended, w.AttentionOutput, accumulate);
        ops.Attention.Backward(backward.Qkv, backward.Branch, a.Attended, a.LogSumExp, a.Qkv, backward.AttentionScratch, shape);
        ops.Rope.Backward(backward.Qkv, rope, shape);
        ops.Matmul.MultiplyGradients(backward.Branch, gradient.Qkv, backward.Qkv, a.AttentionNormed, w.Qkv, accumulate);
        ops.RmsNorm.Backward(
            backward.Residual,
            gradient.AttentionNorm,
            backward.Branch,
            a.Input,
            a.AttentionInverseRms,
            weights.Layers[layer].AttentionNorm,
            addend: backward.Residual,
            backward.NormScratch,
            accumulate,
            RoundedResidual(backward, masks));
    }

    /// <summary>
    /// The gradient that enters a residual branch: the stream's own, dropped by the forward pass's mask, in the elements
    /// that products take.
    /// </summary>
    private Tensor<T> ThroughDropout(BackwardActivations<T> backward, DropoutMasks masks, DropoutKey mask)
    {
        if (masks.Any)
            ops.BranchDropout.Apply(backward.BranchOutput, backward.Residual, addend: null, masks.Rate, mask);
        return backward.BranchOutput;
    }

    /// <summary>Where the norm that ends a branch's backward pass leaves the stream's gradient rounded: nowhere if that is fp32 or dropout rounds it.</summary>
    private static Tensor<T>? RoundedResidual(BackwardActivations<T> backward, DropoutMasks masks) =>
        typeof(T) == typeof(float) || masks.Any ? null : backward.BranchOutput;
}

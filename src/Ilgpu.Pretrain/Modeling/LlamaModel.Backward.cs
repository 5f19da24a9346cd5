using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The backward pass, op by op.</summary>
public sealed partial class LlamaModel
{
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
        if (activations.Backward is not { } backward || weightGradients is not { } gradient)
            throw NotTraining();
        UploadInputs(inputs);
        UploadTargets(targets, inputs.Length);
        var masks = new DropoutMasks(Options.Dropout, dropoutSeed, dropoutStep);
        Forward(masks);

        ops.OutputHead.ForwardBackward(
            activations.Losses,
            backward.Branch,
            gradient.Head,
            activations.Normed,
            weights.Head,
            activations.TargetIds,
            activations.Logits,
            activations.Logits,
            gradientScale,
            accumulate);
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
            accumulate);

        for (int layer = Config.Layers - 1; layer >= 0; layer--)
        {
            // The last layer's activations are still those of the forward pass.
            if (Options.Recompute && layer < Config.Layers - 1)
                ForwardInsideLayer(layer, masks);
            BackwardMlp(layer, backward, gradient.Layers[layer], masks, accumulate);
            BackwardAttention(layer, backward, gradient.Layers[layer], masks, accumulate);
        }

        if (masks.Any)
            ops.Dropout.Apply(backward.Residual, backward.Residual, addend: null, masks.Rate, masks.Embedding);

        // A tied embedding already holds its gradient as the head.
        ops.Embedding.Backward(gradient.Embedding, backward.Residual, activations.InputIds, accumulate || Config.TiedEmbeddings);
    }

    private void BackwardMlp(int layer, BackwardActivations backward, LayerWeights gradient, DropoutMasks masks, bool accumulate)
    {
        LayerWeights w = weights.Layers[layer];
        LayerActivations a = activations.Layers[layer];
        Tensor<float> gateUpGradient = a.GateUp;

        Tensor<float> outputGradient = ThroughDropout(backward.Residual, masks, masks.Mlp(layer));
        BackwardProjection(backward.Gated, gradient.Down, outputGradient, a.Gated, w.Down, accumulate);
        ops.SwiGlu.Backward(gateUpGradient, backward.Gated, a.GateUp);
        BackwardProjection(backward.Branch, gradient.GateUp, gateUpGradient, a.MlpNormed, w.GateUp, accumulate);
        ops.RmsNorm.Backward(
            backward.Residual,
            gradient.MlpNorm,
            backward.Branch,
            a.Middle,
            a.MlpInverseRms,
            w.MlpNorm,
            addend: backward.Residual,
            backward.NormScratch,
            accumulate);
    }

    private void BackwardAttention(int layer, BackwardActivations backward, LayerWeights gradient, DropoutMasks masks, bool accumulate)
    {
        LayerWeights w = weights.Layers[layer];
        LayerActivations a = activations.Layers[layer];

        Tensor<float> outputGradient = ThroughDropout(backward.Residual, masks, masks.Attention(layer));
        BackwardProjection(backward.Branch, gradient.AttentionOutput, outputGradient, a.Attended, w.AttentionOutput, accumulate);
        ops.Attention.Backward(backward.Qkv, backward.Branch, a.Attended, a.LogSumExp, a.Qkv, backward.AttentionScratch, shape);
        ops.Rope.Backward(backward.Qkv, rope, shape);
        BackwardProjection(backward.Branch, gradient.Qkv, backward.Qkv, a.AttentionNormed, w.Qkv, accumulate);
        ops.RmsNorm.Backward(
            backward.Residual,
            gradient.AttentionNorm,
            backward.Branch,
            a.Input,
            a.AttentionInverseRms,
            w.AttentionNorm,
            addend: backward.Residual,
            backward.NormScratch,
            accumulate);
    }

    /// <summary>The gradients of y = x W^T: dx = dy W, dW (+)= dy^T x.</summary>
    private void BackwardProjection(
        in Tensor<float> inputGradient,
        in Tensor<float> weightGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> input,
        in Tensor<float> weight,
        bool accumulate)
    {
        ops.Matmul.Multiply(weightGradient, outputGradient, input, MatmulLayout.TN, accumulate ? weightGradient : null);
        ops.Matmul.Multiply(inputGradient, outputGradient, weight, MatmulLayout.NN);
    }

    /// <summary>The gradient that enters a residual branch: the stream's own, dropped by the forward pass's mask.</summary>
    private Tensor<float> ThroughDropout(in Tensor<float> gradient, DropoutMasks masks, DropoutKey mask)
    {
        if (!masks.Any || activations.Dropped is not { } dropped)
            return gradient;
        ops.Dropout.Apply(dropped, gradient, addend: null, masks.Rate, mask);
        return dropped;
    }
}

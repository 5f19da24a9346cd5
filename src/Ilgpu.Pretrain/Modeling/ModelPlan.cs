using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The device memory that a model takes, in bytes by kind, worked out without allocating anything.</summary>
/// <param name="Parameters">The weights.</param>
/// <param name="Gradients">As much again where the model trains.</param>
/// <param name="OptimizerState">AdamW's two moments where the model trains; the optimizer allocates them.</param>
/// <param name="Activations">What the forward pass leaves for the backward pass; without training, one layer's working memory.</param>
/// <param name="Scratch">Gradients of activations, a chunk of logits, rotary tables, token ids, losses.</param>
public sealed record ModelPlan(long Parameters, long Gradients, long OptimizerState, long Activations, long Scratch)
{
    public long Total => Parameters + Gradients + OptimizerState + Activations + Scratch;

    /// <exception cref="InputException">The configuration or an option is not valid.</exception>
    public static ModelPlan Of(LlamaConfig config, LlamaModelOptions options)
    {
        config.Validate();
        options.Validate(config);
        long parameters = new ParameterLayout(config).Slab.Length * sizeof(float);
        var activations = new ActivationLayout(config, options);
        return new ModelPlan(
            parameters,
            options.Training ? parameters : 0,
            options.Training ? 2 * parameters : 0,
            activations.Kept.Length * sizeof(float),
            (activations.Scratch.Length * sizeof(float))
                + (activations.Ids.Length * sizeof(int))
                + RopeTable.Bytes(options.Length, config.HeadSize));
    }
}

using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The device memory that a model takes, in bytes by kind, worked out without allocating anything.</summary>
/// <param name="Parameters">The weights.</param>
/// <param name="Gradients">As much again where the model trains.</param>
/// <param name="OptimizerState">The optimizer's moments where the model trains, which it allocates: AdamW's two, Muon's one of the layers' matrices; and the average of the weights where a run keeps one.</param>
/// <param name="Activations">What the forward pass leaves for the backward pass; without training, one layer's working memory.</param>
/// <param name="Scratch">Gradients of activations, a chunk of logits, rotary tables, token ids, losses; Muon's iterates; the mask of a run that prunes.</param>
/// <param name="RoundedParameters">The weights again in bf16, where products take that.</param>
public sealed record ModelPlan(long Parameters, long Gradients, long OptimizerState, long Activations, long Scratch, long RoundedParameters)
{
    /// <summary>What the teachers take whose soft labels the model learns from, all of it.</summary>
    public long Teachers { get; private init; }

    public long Total => Parameters + Gradients + OptimizerState + Activations + Scratch + RoundedParameters + Teachers;

    /// <summary>The plan of a model with teachers.</summary>
    /// <param name="teachers">Their shapes.</param>
    /// <param name="options">The student's.</param>
    /// <exception cref="InputException">A teacher does not take batches as these.</exception>
    public ModelPlan With(IEnumerable<LlamaConfig> teachers, LlamaModelOptions options)
    {
        long each = teachers.Sum(teacher => Of(teacher, options.OfTeacher()).Total);
        return this with { Teachers = each == 0 ? 0 : each + SoftTargets<float>.Bytes(options.Tokens) };
    }

    /// <exception cref="InputException">The configuration or an option is not valid.</exception>
    public static ModelPlan Of(LlamaConfig config, LlamaModelOptions options, OptimizerKind optimizer = OptimizerKind.AdamW)
    {
        config.Validate();
        options.Validate(config);
        var layout = new ParameterLayout(config);
        long parameters = layout.Slab.Length * sizeof(float);
        var activations = new ActivationLayout(config, options);
        bool rounds = options.Precision == ComputePrecision.Bf16;
        // Branches are rounded on GPUs alone, whose embedding has scratch memory of its own.
        long embeddingScratch = rounds && options.Training ? Embedding.GpuScratchBytes(options.Tokens, config.Vocabulary) : 0;
        bool muon = options.Training && optimizer == OptimizerKind.Muon;
        long muonScratch = muon ? MuonOptimizer.ScratchBytes(layout, options.Precision) : 0;
        (long keptBranches, long branchScratch) = rounds ? (2 * activations.KeptBranches.Length, 2 * activations.BranchScratch.Length) : (0, 0);
        return new ModelPlan(
            parameters,
            options.Training ? parameters : 0,
            options.Training ? (2 * parameters) - (muon ? layout.HiddenLength * sizeof(float) : 0) : 0,
            (activations.Kept.Length * sizeof(float)) + keptBranches,
            (activations.Scratch.Length * sizeof(float))
                + branchScratch
                + embeddingScratch
                + muonScratch
                + BatchIds.Bytes(options.Tokens)
                + RopeTable.Bytes(options.Length, config.HeadSize),
            rounds ? parameters / 2 : 0);
    }
}

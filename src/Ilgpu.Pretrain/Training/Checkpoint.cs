namespace Ilgpu.Pretrain.Training;

/// <summary>A complete checkpoint on disk, its checksums verified.</summary>
/// <param name="Folder">Where its files lie.</param>
/// <param name="State">Where the run stood.</param>
public sealed record Checkpoint(string Folder, TrainingState State)
{
    public const string ModelFileName = "model.safetensors";
    public const string OptimizerFileName = "optimizer.safetensors";
    public const string StateFileName = "state.json";

    /// <summary>The weights, under Hugging Face Llama names; averaged ones where the run averages them.</summary>
    public string ModelPath => Path.Combine(Folder, ModelFileName);

    /// <summary>The optimizer's state, and the weights that training goes on from where the others are averages.</summary>
    public string OptimizerPath => Path.Combine(Folder, OptimizerFileName);
}

/// <summary>What state.json holds.</summary>
internal sealed record CheckpointManifest(TrainingState State, CheckpointFile Model, CheckpointFile Optimizer);

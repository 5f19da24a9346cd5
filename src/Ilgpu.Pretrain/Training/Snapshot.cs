namespace Ilgpu.Pretrain.Training;

/// <summary>The weights that a run had at the end of a cycle of its learning rate, on disk, their checksum verified.</summary>
/// <param name="Folder">Where its files lie.</param>
/// <param name="Cycle">From 1.</param>
/// <param name="Step">Optimizer steps taken.</param>
public sealed record Snapshot(string Folder, int Cycle, long Step)
{
    /// <summary>The weights, under Hugging Face Llama names.</summary>
    public string ModelPath => Path.Combine(Folder, Checkpoint.ModelFileName);
}

/// <summary>What a snapshot's state.json holds.</summary>
internal sealed record SnapshotManifest(string RunId, int Cycle, long Step, CheckpointFile Model);

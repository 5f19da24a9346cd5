namespace Ilgpu.Pretrain.Training;

/// <summary>Which checkpoints of a run are worth their space.</summary>
public enum CheckpointRetention
{
    /// <summary>Each run's newest intact one.</summary>
    Last,

    /// <summary>None of a finished run, nor of one that diverged, which from any of them would diverge again; all of an unfinished one.</summary>
    FinishedNone,

    /// <summary>None at all: an unfinished run starts from its beginning when it is asked for again.</summary>
    None,
}

namespace Ilgpu.Pretrain.Training;

/// <summary>What has become of a run.</summary>
public enum RunState
{
    /// <summary>It has a result.</summary>
    Finished,

    /// <summary>It goes on when it is asked for.</summary>
    Unfinished,

    /// <summary>A process works on it.</summary>
    Running,

    /// <summary>It diverged: whoever asks for it again sees it diverge at the same step.</summary>
    Diverged,

    /// <summary>Its configuration, its result, what is said of its divergence or every one of its checkpoints is not what was written.</summary>
    Damaged,
}

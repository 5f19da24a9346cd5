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

    /// <summary>Its configuration, its result or every one of its checkpoints is not what was written.</summary>
    Damaged,
}

namespace Ilgpu.Pretrain.Studies;

/// <summary>What has become of a step.</summary>
public enum StepState
{
    /// <summary>Nothing yet: not begun, or unfinished from before.</summary>
    Pending,

    /// <summary>It is being done.</summary>
    Running,

    /// <summary>There was nothing left to do: its result was found on disk or in the ledger.</summary>
    Found,

    /// <summary>It was done now.</summary>
    Done,

    /// <summary>It failed; what does not depend on it goes on.</summary>
    Failed,

    /// <summary>Something that it needs failed.</summary>
    Blocked,

    /// <summary>Its data is not there, and the study does without.</summary>
    Skipped,

    /// <summary>It was stopped after saving; the same study goes on with it.</summary>
    Interrupted,
}

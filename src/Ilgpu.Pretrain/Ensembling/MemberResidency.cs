namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Whether an ensemble's members are in memory all at once. The losses are the same to the bit.</summary>
public enum MemberResidency
{
    /// <summary>All at once where they fit.</summary>
    Auto,

    /// <summary>All at once.</summary>
    Resident,

    /// <summary>
    /// One after the other: the final hidden states of many windows are kept in host memory, and of every member only the
    /// head stays on the device.
    /// </summary>
    Streamed,
}

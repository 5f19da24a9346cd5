namespace Ilgpu.Pretrain.Data;

/// <summary>How often the training order is drawn.</summary>
public enum ShuffleMode
{
    /// <summary>One permutation for all epochs.</summary>
    Once,

    /// <summary>A new permutation for every epoch.</summary>
    Epoch,
}

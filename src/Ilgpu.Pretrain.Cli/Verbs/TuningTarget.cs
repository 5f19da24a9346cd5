namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>Whose loss a tuning lowers.</summary>
internal enum TuningTarget
{
    /// <summary>A single model's.</summary>
    Model,

    /// <summary>That of the averaged logits of several.</summary>
    Ensemble,
}

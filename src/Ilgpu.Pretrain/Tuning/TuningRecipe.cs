namespace Ilgpu.Pretrain.Tuning;

/// <summary>What a tuning may choose.</summary>
public enum TuningRecipe
{
    /// <summary>Learning rate, epochs and weight decay.</summary>
    Regularised,

    /// <summary>Learning rate and epochs; weight decay is .1.</summary>
    Standard,
}

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a bootstrap draws with replacement.</summary>
public enum Resampling
{
    /// <summary>Residuals, put onto the fitted values: the points stay where they are. Takes their noise for equal everywhere.</summary>
    Residuals,

    /// <summary>Whole rows: takes nothing for granted, and needs many of them.</summary>
    Rows,
}

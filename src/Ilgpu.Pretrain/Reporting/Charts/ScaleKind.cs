namespace Ilgpu.Pretrain.Reporting;

/// <summary>How an axis puts values in their places.</summary>
public enum ScaleKind
{
    Linear,

    /// <summary>Equal ratios are equal distances; takes positive values.</summary>
    Logarithmic,

    /// <summary>Named places at equal distances, in their order: steps of a grid, for example.</summary>
    Ordinal,
}

namespace Ilgpu.Pretrain.Data;

/// <summary>What the training order permutes.</summary>
public enum ShuffleUnit
{
    /// <summary>Windows: each is found by its place among the training tokens, wherever documents begin and end.</summary>
    Windows,

    /// <summary>Whole documents: they are put one after the other, then cut into windows that are read in sequence.</summary>
    Documents,
}

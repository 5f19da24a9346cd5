namespace Ilgpu.Pretrain.Kernels;

/// <summary>A warp's 16 x 16 fp32 numbers, columns 0 to 7 and 8 to 15, each as <see cref="WarpMatrices"/> accumulates them.</summary>
internal struct SumTile
{
    public Float4 Left;
    public Float4 Right;
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What one lane brings to a warp-wide instruction.</summary>
internal struct WarpOperands
{
    public int A0;
    public int A1;
    public int A2;
    public int A3;
    public int B0;
    public int B1;
}

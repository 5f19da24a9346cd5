namespace Ilgpu.Pretrain.Kernels;

/// <summary>The running softmax of a warp's 16 rows, upper g and lower g + 8: sums, their weights' sums, of this lane's keys alone, and the largest scores.</summary>
internal struct ForwardState
{
    public HeadSums Sums;
    public float UpperMax;
    public float LowerMax;
    public float UpperSum;
    public float LowerSum;
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>A matrix that is read element by element: where it begins, and the elements between rows and between columns.</summary>
internal readonly unsafe struct Elements(float* start, nint rowStride, nint depthStride)
{
    public readonly float* Start = start;
    public readonly nint RowStride = rowStride;
    public readonly nint DepthStride = depthStride;
}

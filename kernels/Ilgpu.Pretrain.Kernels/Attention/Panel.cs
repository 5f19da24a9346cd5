namespace Ilgpu.Pretrain.Kernels;

/// <summary>Rows of lanes: where the first begins, and the elements from one row to the next.</summary>
internal readonly unsafe struct Panel(float* start, nint stride)
{
    public readonly float* Start = start;
    public readonly nint Stride = stride;
}

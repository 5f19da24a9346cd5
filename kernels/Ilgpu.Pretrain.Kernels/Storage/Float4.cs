namespace Ilgpu.Pretrain.Kernels;

/// <summary>Four fp32 numbers, sixteen bytes: what one thread loads or stores at once.</summary>
internal struct Float4
{
    public float X;
    public float Y;
    public float Z;
    public float W;
}

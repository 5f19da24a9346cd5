namespace Ilgpu.Pretrain.Kernels;

/// <summary>Sixteen bytes: what one thread loads or stores at once. ILGPU makes one vector instruction of it.</summary>
internal struct Bits128
{
    public int X;
    public int Y;
    public int Z;
    public int W;
}

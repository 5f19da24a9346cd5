namespace Ilgpu.Pretrain.Kernels;

/// <summary>Eight bytes: four bf16 numbers that one thread loads or stores at once.</summary>
internal struct Bits64
{
    public int X;
    public int Y;
}

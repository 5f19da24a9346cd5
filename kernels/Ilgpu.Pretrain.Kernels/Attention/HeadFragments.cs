namespace Ilgpu.Pretrain.Kernels;

/// <summary>A warp's 16 rows of a head, in registers as operand A: each field is a step of 16 features. Heads below 128 leave the last unused.</summary>
internal struct HeadFragments
{
    public Bits128 A0;
    public Bits128 A1;
    public Bits128 A2;
    public Bits128 A3;
    public Bits128 A4;
    public Bits128 A5;
    public Bits128 A6;
    public Bits128 A7;
}

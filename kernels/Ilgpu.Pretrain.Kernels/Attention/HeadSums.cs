namespace Ilgpu.Pretrain.Kernels;

/// <summary>A warp's 16 rows of a head in fp32, in registers: each field is 16 features. Heads below 128 leave the last unused.</summary>
internal struct HeadSums
{
    public SumTile C0;
    public SumTile C1;
    public SumTile C2;
    public SumTile C3;
    public SumTile C4;
    public SumTile C5;
    public SumTile C6;
    public SumTile C7;
}

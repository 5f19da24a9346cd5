namespace Ilgpu.Pretrain.Kernels;

/// <summary>Sixteen sums in fp32, in the registers of a thread: four features of each of four rows, or of one row.</summary>
internal struct RowSums
{
    public Float4 R0;
    public Float4 R1;
    public Float4 R2;
    public Float4 R3;
}

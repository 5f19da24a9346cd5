namespace Ilgpu.Pretrain.Kernels;

/// <summary>Sixteen chunks a row: as <see cref="Head64"/>, in each half of the row.</summary>
internal readonly struct Head128 : IHeadSize
{
    public static int Size => 128;

    public static int CopyShift => 3;

    public static int StreamRows => 32;

    public static int Swizzle(int row, int chunk) => chunk ^ (row & 7);

    public static int Step(int start, int step) => start ^ (2 * step);
}

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Eight chunks a row: one row covers all banks, so each of eight rows takes another order.</summary>
internal readonly struct Head64 : IHeadSize
{
    public static int Size => 64;

    public static int CopyShift => 3;

    public static int StreamRows => 64;

    public static int Swizzle(int row, int chunk) => chunk ^ (row & 7);

    public static int Step(int start, int step) => start ^ (2 * step);
}

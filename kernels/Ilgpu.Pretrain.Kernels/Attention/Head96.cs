namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Twelve chunks a row: rows begin in either half of the banks by turns, so each pair of rows takes another order of four.
/// </summary>
internal readonly struct Head96 : IHeadSize
{
    public static int Size => 96;

    public static int CopyShift => 2;

    public static int StreamRows => 32;

    public static int Swizzle(int row, int chunk) => chunk ^ ((row >> 1) & 3);

    public static int Step(int start, int step) => (start ^ (2 * (step & 1))) + (4 * (step >> 1));
}

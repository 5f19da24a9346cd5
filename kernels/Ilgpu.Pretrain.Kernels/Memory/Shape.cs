using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Checks of shapes before a launch. They are not optional: a kernel that leaves its views takes the process down on
/// ILGPU's CPU accelerator.
/// </summary>
internal static class Shape
{
    public static void Require<T>(
        in Tensor<T> tensor,
        int rows,
        int columns,
        [CallerArgumentExpression(nameof(tensor))] string? name = null)
        where T : unmanaged
    {
        if (tensor.Rows != rows || tensor.Columns != columns)
            throw new ArgumentException($"{name} is {tensor.Rows} x {tensor.Columns}; it has to be {rows} x {columns}.", name);
    }

    public static void RequireScratch<T>(
        in Tensor<T> scratch,
        long length,
        [CallerArgumentExpression(nameof(scratch))] string? name = null)
        where T : unmanaged
    {
        if (scratch.Length < length)
            throw new ArgumentException($"{name} has {scratch.Length} elements; it has to have at least {length}.", name);
    }
}

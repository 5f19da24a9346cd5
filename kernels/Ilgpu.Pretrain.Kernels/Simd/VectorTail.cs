using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The last, incomplete vector of a row, so that its elements go through the same instructions as the others.</summary>
internal static unsafe class VectorTail
{
    /// <summary>The first <paramref name="count"/> (under 16) floats at <paramref name="source"/>; the other lanes are <paramref name="padding"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count, float padding)
    {
        Vector512<float> vector = Vector512.Create(padding);
        Unsafe.CopyBlockUnaligned(&vector, source, (uint)count * sizeof(float));
        return vector;
    }

    /// <summary>Writes the first <paramref name="count"/> (under 16) lanes only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> vector, float* target, int count) =>
        Unsafe.CopyBlockUnaligned(target, &vector, (uint)count * sizeof(float));
}

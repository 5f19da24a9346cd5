using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The last, incomplete vector of a row, so that its elements go through the same instructions as the others.</summary>
internal static unsafe class VectorTail
{
    /// <summary>The first <paramref name="count"/> (under 16) floats at <paramref name="source"/>; the other lanes are <paramref name="padding"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Load<TFloats>(float* source, int count, float padding)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        TFloats lanes = TFloats.Create(padding);
        Unsafe.CopyBlockUnaligned(&lanes, source, (uint)count * sizeof(float));
        return lanes;
    }

    /// <summary>Writes the first <paramref name="count"/> (under 16) lanes only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TFloats>(TFloats lanes, float* target, int count)
        where TFloats : unmanaged, IFloats<TFloats> =>
        Unsafe.CopyBlockUnaligned(target, &lanes, (uint)count * sizeof(float));
}

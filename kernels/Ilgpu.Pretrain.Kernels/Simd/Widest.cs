using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The lanes that this processor computes with.</summary>
internal static class Widest
{
    /// <summary>Whichever was written for the widest vectors that the hardware has.</summary>
    public static T Of<T>(T with512Bits, T with256Bits, T with128Bits) =>
        Vector512.IsHardwareAccelerated ? with512Bits
        : Vector256.IsHardwareAccelerated ? with256Bits
        : with128Bits;
}

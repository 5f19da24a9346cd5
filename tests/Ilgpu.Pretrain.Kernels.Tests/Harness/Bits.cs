using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Equality to the last bit.</summary>
internal static class Bits
{
    public static void AssertEqual(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what) =>
        Assert.True(
            MemoryMarshal.AsBytes(expected).SequenceEqual(MemoryMarshal.AsBytes(actual)),
            $"{what}: the bits differ");
}

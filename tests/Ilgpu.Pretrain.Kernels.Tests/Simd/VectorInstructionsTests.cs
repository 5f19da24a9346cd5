using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class VectorInstructionsTests
{
    public const string Avx512 = "AVX-512";
    public const string Avx2Fma = "AVX2 + FMA";
    public const string Bits128 = "128-bit vectors";
    public const string None = "none";

    /// <summary>What the line begins with that tells the instructions; whoever starts these tests reads it.</summary>
    public const string Announcement = "vector instructions: ";

    [Fact]
    public void The_widest_instructions_that_the_runtime_has_are_named()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(Announcement + Processor.VectorInstructions);
        Assert.Equal(Vector512.IsHardwareAccelerated, Processor.VectorInstructions == Avx512);
        Assert.Equal(!Vector512.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported, Processor.VectorInstructions == Avx2Fma);
        Assert.Equal(!Vector128.IsHardwareAccelerated, Processor.VectorInstructions == None);
    }
}

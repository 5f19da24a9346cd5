using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The processor that this process runs on.</summary>
public static class Processor
{
    /// <summary>The model's name as the operating system gives it, or the architecture's.</summary>
    public static string Name { get; } = ReadName();

    /// <summary>The widest vector instructions that kernels use here, for example <c>AVX-512</c>.</summary>
    public static string VectorInstructions =>
        Vector512.IsHardwareAccelerated ? "AVX-512"
        : Avx2.IsSupported && Fma.IsSupported ? "AVX2 + FMA"
        : AdvSimd.Arm64.IsSupported ? "AdvSimd"
        : Vector128.IsHardwareAccelerated ? "128-bit vectors"
        : "none";

    /// <summary>Memory this process may use, in bytes: the machine's, or its container's limit.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static string ReadName()
    {
        const string CpuInfo = "/proc/cpuinfo";
        if (File.Exists(CpuInfo))
        {
            foreach (string line in File.ReadLines(CpuInfo))
            {
                if (line.StartsWith("model name", StringComparison.Ordinal))
                    return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}

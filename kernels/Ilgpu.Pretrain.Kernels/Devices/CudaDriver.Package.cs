using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What the NVIDIA driver says of itself, where it offers no device.</summary>
internal static unsafe class CudaDriver
{
    /// <summary>CUDA 11.0, as cuDriverGetVersion counts: the first whose PTX has bf16 products and asynchronous copies.</summary>
    private const int LeastVersion = 11000;

    private static readonly string Library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>One clause for people; null where the driver is as it should be and has no such device.</summary>
    public static string? WhyUnusable()
    {
        if (!NativeLibrary.TryLoad(Library, out nint library))
            return $"no NVIDIA driver was found ({Library} does not load)";
        try
        {
            int version = 0;
            if (!NativeLibrary.TryGetExport(library, "cuDriverGetVersion", out nint export)
                || ((delegate* unmanaged<int*, int>)export)(&version) != 0)
                return $"the NVIDIA driver does not answer ({Library})";
            return version < LeastVersion
                ? FormattableString.Invariant($"the NVIDIA driver is of CUDA {version / 1000}.{version % 1000 / 10}, and 11.0 or newer is needed")
                : null;
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}

using System.Runtime.CompilerServices;
using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What the bodies of Cpu kernels need to reach a view's memory directly.</summary>
internal static unsafe class HostMemory
{
    /// <summary>The address of a view's first element; the view lies in host memory on the CPU accelerator.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Pointer<T>(this ArrayView<T> view)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref view[0L]);
}

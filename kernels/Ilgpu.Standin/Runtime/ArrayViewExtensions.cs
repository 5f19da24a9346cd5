using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>Copies between views and host memory. All of them have finished when they return.</summary>
public static unsafe class ArrayViewExtensions
{
    /// <summary>Sets every byte of a view to zero.</summary>
    public static void MemSetToZero<TView>(this TView view)
        where TView : IContiguousArrayView
    {
        byte* bytes = (byte*)view.Address;
        for (long done = 0; done < view.LengthInBytes; done += int.MaxValue)
            new Span<byte>(bytes + done, (int)Math.Min(int.MaxValue, view.LengthInBytes - done)).Clear();
    }

    /// <summary>Copies a view to the start of another one on the same device.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The other one is shorter.</exception>
    public static void CopyTo<TView>(this TView source, in TView target)
        where TView : IContiguousArrayView
    {
        Require(source.LengthInBytes, target.LengthInBytes, nameof(target));
        Buffer.MemoryCopy((void*)source.Address, (void*)target.Address, target.LengthInBytes, source.LengthInBytes);
    }

    /// <summary>Copies <paramref name="length"/> elements from host memory to the start of a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view has fewer elements.</exception>
    public static void CopyFromCPU<T, TView>(this TView target, ref T cpuData, long length)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        Require(length, target.Length);
        fixed (T* source = &cpuData)
            Buffer.MemoryCopy(source, (void*)target.Address, target.LengthInBytes, length * sizeof(T));
    }

    /// <summary>Copies the first <paramref name="length"/> elements of a view to host memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view has fewer elements.</exception>
    public static void CopyToCPU<T, TView>(this TView source, ref T cpuData, long length)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        Require(length, source.Length);
        fixed (T* target = &cpuData)
            Buffer.MemoryCopy((void*)source.Address, target, length * sizeof(T), length * sizeof(T));
    }

    /// <summary>The address of a view's first element.</summary>
    public static nint LoadEffectiveAddressAsPtr<T>(this ArrayView<T> view)
        where T : unmanaged => ((IContiguousArrayView)view).Address;

    private static void Require(long length, long available, [CallerArgumentExpression(nameof(length))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, available, name);
    }
}

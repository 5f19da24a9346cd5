using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Working memory of one worker thread for the tile it is computing: packed panels, blocks of scores. It grows to the
/// largest tile seen and is then reused, so that a training step allocates nothing.
/// </summary>
internal static unsafe class ThreadScratch
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static float* memory;

    [ThreadStatic]
    private static nuint capacity;

    /// <summary>At least <paramref name="count"/> floats, 64-byte aligned, contents undefined; valid until the next call on this thread.</summary>
    public static float* Floats(int count)
    {
        nuint bytes = (nuint)count * sizeof(float);
        if (bytes > capacity)
        {
            NativeMemory.AlignedFree(memory);
            memory = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
            capacity = bytes;
        }

        return memory;
    }
}

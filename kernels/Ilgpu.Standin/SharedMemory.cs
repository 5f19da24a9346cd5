namespace ILGPU;

/// <summary>Memory that the threads of a group share.</summary>
public static class SharedMemory
{
    /// <summary>
    /// Memory for <paramref name="extent"/> elements, the same for all threads of the group: they allocate in the same order.
    /// It is full of ones, NaN as floats, when a group begins.
    /// </summary>
    /// <exception cref="NotSupportedException">The group was launched with one thread.</exception>
    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged =>
        (Group.Threads ?? throw new NotSupportedException("Shared memory needs a group of more than one thread.")).AllocateShared<T>(extent);
}

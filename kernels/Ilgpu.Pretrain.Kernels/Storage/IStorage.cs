using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How a kernel that computes in fp32 reads and writes elements of <typeparamref name="T"/>. Kernels take the storage as
/// a type argument, so that one source serves fp32 and bf16 and each gets code of its own.
/// </summary>
internal interface IStorage<T>
    where T : unmanaged
{
    /// <summary>The element as fp32.</summary>
    static abstract float ToSingle(T value);

    /// <summary>The element nearest to an fp32 number.</summary>
    static abstract T FromSingle(float value);

    /// <summary>Elements 4 <paramref name="index"/> to 4 <paramref name="index"/> + 3 in one load; the view starts at a multiple of four elements.</summary>
    static abstract Float4 Load4(ArrayView<T> view, long index);

    /// <summary>Writes elements 4 <paramref name="index"/> to 4 <paramref name="index"/> + 3 in one store; the view starts at a multiple of four elements.</summary>
    static abstract void Store4(ArrayView<T> view, long index, Float4 values);
}

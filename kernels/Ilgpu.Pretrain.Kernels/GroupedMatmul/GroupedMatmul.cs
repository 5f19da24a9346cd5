using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Many small matrix products <c>C = A B</c> at once, of any shapes, whose matrices lie in one memory: each gives the bits that
/// <see cref="Matmul{T}"/> gives it alone, rounded once to <typeparamref name="T"/>.
/// </summary>
/// <typeparam name="T">Elements: fp32, or bf16 in mixed precision. Sums are fp32.</typeparam>
public abstract class GroupedMatmul<T>
    where T : unmanaged
{
    /// <summary>Computes all products of a group.</summary>
    /// <param name="products">What to multiply.</param>
    /// <param name="memory">Where all of their matrices lie.</param>
    /// <exception cref="ArgumentException">The products reach beyond the memory.</exception>
    public void Multiply(GroupedProducts products, ArrayView<T> memory)
    {
        if (memory.Length < products.Reach)
            throw new ArgumentException($"The products reach {products.Reach} elements; the memory has {memory.Length}.", nameof(memory));
        Launch(products, memory);
    }

    private protected abstract void Launch(GroupedProducts products, ArrayView<T> memory);
}

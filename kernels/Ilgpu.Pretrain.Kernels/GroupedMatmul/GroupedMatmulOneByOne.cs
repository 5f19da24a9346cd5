using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One launch of <see cref="Matmul{T}"/> a product. On GPUs launches queue up behind each other and cost a few microseconds
/// each: products of width 512 and more outlast that.
/// </summary>
internal sealed class GroupedMatmulOneByOne<T>(Matmul<T> matmul) : GroupedMatmul<T>
    where T : unmanaged
{
    private protected override void Launch(GroupedProducts products, ArrayView<T> memory)
    {
        foreach (GroupedProduct product in products.Products)
        {
            MatmulShape shape = product.Shape;
            (int rowsOfA, int columnsOfA) = product.Layout == MatmulLayout.TN ? (shape.K, shape.M) : (shape.M, shape.K);
            (int rowsOfB, int columnsOfB) = product.Layout == MatmulLayout.NT ? (shape.N, shape.K) : (shape.K, shape.N);
            matmul.MultiplyRounded(
                new Tensor<T>(memory.SubView(product.C, product.LengthOfC), shape.M, shape.N),
                new Tensor<T>(memory.SubView(product.A, product.LengthOfA), rowsOfA, columnsOfA),
                new Tensor<T>(memory.SubView(product.B, product.LengthOfB), rowsOfB, columnsOfB),
                product.Layout);
        }
    }
}

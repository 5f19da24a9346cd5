using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Products as a training step asks for them: activations and their gradients rounded to the factors' elements, weights' gradients in fp32.
/// </summary>
internal static class GpuMatmulCases
{
    /// <summary>In fp32 on ordinary cores, products beyond would take up the time of all others.</summary>
    private const double MostSingleFlops = 3e11;

    public static IEnumerable<GpuCase> Of<T>(GpuShapes shapes, string elements)
        where T : unmanaged =>
        shapes.Products.Where(product => typeof(T) != typeof(float) || product.Shape.Flops <= MostSingleFlops).Select(product => Case<T>(product, elements));

    private static unsafe GpuCase Case<T>(MatmulCase product, string elements)
        where T : unmanaged
    {
        (int m, int n, int k) = product.Shape;
        bool isGradient = product.Layout == MatmulLayout.TN;
        double bytes = (sizeof(T) * (((double)m * k) + ((double)n * k))) + ((isGradient ? sizeof(float) : sizeof(T)) * (double)m * n);
        return new GpuCase("matmul", product.ToString(), elements, product.Shape.Flops, bytes, memory =>
        {
            Tensor<T> a = isGradient ? memory.Random<T>(k, m) : memory.Random<T>(m, k);
            Tensor<T> b = product.Layout == MatmulLayout.NT ? memory.Random<T>(n, k) : memory.Random<T>(k, n);
            var op = Matmul.Create<T>(memory.Device);
            if (isGradient)
            {
                Tensor<float> gradient = memory.Zero<float>(m, n);
                return (() => op.Multiply(gradient, a, b, product.Layout), op);
            }

            Tensor<T> c = memory.Zero<T>(m, n);
            return (() => op.MultiplyRounded(c, a, b, product.Layout), op);
        });
    }
}

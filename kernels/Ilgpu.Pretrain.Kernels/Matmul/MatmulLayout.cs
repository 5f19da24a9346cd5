namespace Ilgpu.Pretrain.Kernels;

/// <summary>Which of a product's operands lies transposed in memory. C is M x N, the sum runs over K.</summary>
public enum MatmulLayout
{
    /// <summary>C = A B^T: A is M x K, B is N x K. A layer's forward pass (weights lie as outputs x inputs).</summary>
    NT,

    /// <summary>C = A B: A is M x K, B is K x N. The gradient of a layer's input.</summary>
    NN,

    /// <summary>C = A^T B: A is K x M, B is K x N. The gradient of a layer's weights.</summary>
    TN,
}

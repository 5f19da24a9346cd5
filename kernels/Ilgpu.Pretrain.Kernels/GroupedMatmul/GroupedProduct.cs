namespace Ilgpu.Pretrain.Kernels;

/// <summary>One product <c>C = A B</c> of a group: where its matrices lie in the memory that the group shares.</summary>
/// <param name="Shape">Extents.</param>
/// <param name="Layout">Which operand lies transposed.</param>
/// <param name="C">C's first element: M x N; overlaps neither operand of any product of the group.</param>
/// <param name="A">A's first element: M x K, or K x M for <see cref="MatmulLayout.TN"/>.</param>
/// <param name="B">B's first element: K x N, or N x K for <see cref="MatmulLayout.NT"/>.</param>
public readonly record struct GroupedProduct(MatmulShape Shape, MatmulLayout Layout, long C, long A, long B)
{
    internal long LengthOfC => (long)Shape.M * Shape.N;

    internal long LengthOfA => (long)Shape.M * Shape.K;

    internal long LengthOfB => (long)Shape.K * Shape.N;

    /// <summary>Elements of memory that the product reaches.</summary>
    internal long End => Math.Max(C + LengthOfC, Math.Max(A + LengthOfA, B + LengthOfB));
}

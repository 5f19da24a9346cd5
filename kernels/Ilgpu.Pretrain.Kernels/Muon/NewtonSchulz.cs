using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The quintic Newton-Schulz iteration <c>X = a X + b (X X^T) X + c (X X^T)^2 X</c> of Muon over a group of matrices: from a
/// matrix U S V^T divided by its norm to about U V^T. Made of <see cref="GroupedMatmul{T}"/> and <see cref="Muon{T}"/>, so
/// it has their rungs.
/// </summary>
/// <remarks>
/// Each singular value s becomes <c>a s + b s^3 + c s^5</c>. The coefficients are chosen for their steepness at 0, not to
/// converge: after five iterations values from .0015 to 1 lie in [.68, 1.13] (Jordan et al., 2024); smaller ones are multiplied by
/// about a^5 = 485. With r rows and n columns, r at most n, an iteration takes 2 r^2 (2 n + r) FLOPs.
/// </remarks>
/// <typeparam name="T">What the products are computed in: fp32, or bf16 in mixed precision.</typeparam>
public sealed class NewtonSchulz<T>
    where T : unmanaged
{
    private readonly GroupedMatmul<T> matmul;
    private readonly Muon<T> muon;

    public NewtonSchulz(Device device, Rung? rung = null)
    {
        matmul = GroupedMatmul.Create<T>(device, rung);
        // Element-wise passes are no products of matrices: there the highest rung is Gpu.
        muon = Muon.Create<T>(device, rung == Rung.TensorCore ? Rung.Gpu : rung);
    }

    /// <summary>Iterates from what the group's first elements of scratch memory hold.</summary>
    /// <param name="group">Which matrices.</param>
    /// <param name="scratch">At least <see cref="MuonPlan.ScratchLength"/> of the group's plan, the matrices in its first elements; overwritten.</param>
    /// <param name="iterations">From 1.</param>
    /// <returns>The part of the scratch memory that holds the last iterate, as long as the group.</returns>
    /// <exception cref="ArgumentException">The scratch memory does not suffice.</exception>
    public ArrayView<T> Orthogonalize(MuonGroup group, ArrayView<T> scratch, int iterations = NewtonSchulz.Iterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        if (scratch.Length < group.ScratchLength)
            throw new ArgumentException($"The scratch memory has {scratch.Length} elements; the group takes {group.ScratchLength}.", nameof(scratch));
        ArrayView<T> grams = scratch.SubView(group.GramStart, group.GramLength);
        ArrayView<T> squares = scratch.SubView(group.SquareStart, group.GramLength);
        for (int i = 0; i < iterations; i++)
        {
            matmul.Multiply(group.GramsOf(i % 2), scratch);
            matmul.Multiply(group.Squares, scratch);
            muon.Combine(group, squares, grams);
            matmul.Multiply(group.ProductsOf(i % 2), scratch);
        }

        return scratch.SubView(iterations % 2 == 0 ? 0 : group.NextStart, group.Length);
    }
}

using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Muon's element-wise passes (Jordan et al., 2024, kellerjordan.github.io/posts/muon) over a group of matrices: Nesterov
/// momentum, its division by the Frobenius norm, the polynomial of the Newton-Schulz iteration, the update with decoupled
/// decay. <see cref="NewtonSchulz{T}"/> puts the iteration together.
/// </summary>
/// <remarks>
/// Momentum and update are double precision in registers, as in <see cref="AdamW"/> and for its reason. Sums of squares
/// are made in fp64 in blocks of <see cref="MuonGroup.BlockLength"/> elements, then block by block.
/// </remarks>
/// <typeparam name="T">What the products are computed in: fp32, or bf16 in mixed precision.</typeparam>
public abstract class Muon<T>
    where T : unmanaged
{
    /// <summary>
    /// <c>m = b m + clip g</c>, and, for <see cref="Normalize"/>, the sums of squares of the blocks of
    /// <c>u = b m + clip g</c> with the new m.
    /// </summary>
    /// <param name="group">Which matrices; keeps the sums.</param>
    /// <param name="momentum">Laid out like the parameters; updated.</param>
    /// <param name="gradients">Laid out like the parameters.</param>
    /// <param name="norm">1 x 2, from <see cref="GradientNorm"/>: gradients are multiplied by element 1.</param>
    /// <param name="decay">b, in [0, 1).</param>
    public void Accumulate(MuonGroup group, ArrayView<float> momentum, ArrayView<float> gradients, in Tensor<float> norm, double decay)
    {
        RequireMomentum(group, momentum, gradients, norm, decay);
        LaunchAccumulate(group, group.In(momentum), group.In(gradients), norm.View, decay);
    }

    /// <summary><c>x = u / |u|</c> for each matrix, by its Frobenius norm; 0 where that is 0.</summary>
    /// <remarks>Nothing is added to the norm, so that a step does not depend on the gradients' scale.</remarks>
    /// <param name="group">As in <see cref="Accumulate"/>, whose sums it takes.</param>
    /// <param name="x">The group's elements, from its first matrix's first on; overwritten, but for gaps between matrices.</param>
    /// <param name="momentum">As <see cref="Accumulate"/> left it.</param>
    /// <param name="gradients">The same as there.</param>
    /// <param name="norm">The same as there.</param>
    /// <param name="decay">The same as there.</param>
    public void Normalize(MuonGroup group, ArrayView<T> x, ArrayView<float> momentum, ArrayView<float> gradients, in Tensor<float> norm, double decay)
    {
        RequireMomentum(group, momentum, gradients, norm, decay);
        RequireLength(x, group.Length, nameof(x));
        LaunchNormalize(group, x, group.In(momentum), group.In(gradients), norm.View, decay);
    }

    /// <summary>
    /// <c>s = a I + b g + c s</c>: of a Gram matrix g and its square s, what the next iterate is a product with. a, b and c are
    /// those of <see cref="NewtonSchulz"/>.
    /// </summary>
    /// <param name="group">Which matrices.</param>
    /// <param name="squares">The group's square matrices; updated.</param>
    /// <param name="grams">As long.</param>
    public void Combine(MuonGroup group, ArrayView<T> squares, ArrayView<T> grams)
    {
        RequireLength(squares, group.GramLength, nameof(squares));
        RequireLength(grams, group.GramLength, nameof(grams));
        LaunchCombine(group, squares, grams);
    }

    /// <summary><c>p = p (1 - lr wd) - lr scale x</c>, with <see cref="MuonMatrix.UpdateScale"/>.</summary>
    /// <param name="group">Which matrices.</param>
    /// <param name="parameters">Updated where the group's matrices lie.</param>
    /// <param name="x">The group's elements: its orthogonalised momentum.</param>
    /// <param name="step">What to multiply with.</param>
    /// <param name="rounded">As long as the parameters: the updated ones rounded to bf16. Empty: not wanted.</param>
    public void Update(MuonGroup group, ArrayView<float> parameters, ArrayView<T> x, MuonStep step, ArrayView<BFloat16> rounded = default)
    {
        RequireSlab(group, parameters, nameof(parameters));
        RequireLength(x, group.Length, nameof(x));
        if (rounded.Length != 0 && rounded.Length != parameters.Length)
            throw new ArgumentException($"Muon rounds {parameters.Length} parameters; there is room for {rounded.Length}.", nameof(rounded));
        LaunchUpdate(
            group,
            group.In(parameters),
            x,
            1 - (step.LearningRate * step.WeightDecay),
            step.LearningRate,
            rounded.Length == 0 ? rounded : group.In(rounded));
    }

    private protected abstract void LaunchAccumulate(MuonGroup group, ArrayView<float> momentum, ArrayView<float> gradients, ArrayView<float> norm, double decay);

    private protected abstract void LaunchNormalize(
        MuonGroup group,
        ArrayView<T> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay);

    private protected abstract void LaunchCombine(MuonGroup group, ArrayView<T> squares, ArrayView<T> grams);

    private protected abstract void LaunchUpdate(
        MuonGroup group,
        ArrayView<float> parameters,
        ArrayView<T> x,
        double kept,
        double rate,
        ArrayView<BFloat16> rounded);

    private static void RequireMomentum(MuonGroup group, ArrayView<float> momentum, ArrayView<float> gradients, in Tensor<float> norm, double decay)
    {
        RequireSlab(group, momentum, nameof(momentum));
        RequireSlab(group, gradients, nameof(gradients));
        Shape.Require(norm, 1, 2);
        if (!(decay is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(decay), decay, "Momentum decays by a factor from 0 to below 1.");
    }

    private static void RequireSlab(MuonGroup group, ArrayView<float> slab, string name)
    {
        if (slab.Length < group.Start + group.Length)
            throw new ArgumentException($"{name} has {slab.Length} elements; the group's matrices reach {group.Start + group.Length}.", name);
    }

    private static void RequireLength(ArrayView<T> view, long length, string name)
    {
        if (view.Length != length)
            throw new ArgumentException($"{name} has {view.Length} elements; the group has {length}.", name);
    }
}

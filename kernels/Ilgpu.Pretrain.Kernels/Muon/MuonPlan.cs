using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Which matrices Muon takes together, and the scratch memory of the largest such group. Nothing is allocated. A group is as
/// many consecutive matrices as have <see cref="GroupLength"/> elements: launches cost the same for few elements as for many,
/// and scratch memory does not grow with the model's depth.
/// </summary>
public sealed class MuonPlan
{
    /// <summary>Four megabytes of fp32: all of a miniature, a matrix or two of a larger model.</summary>
    public const long GroupLength = 1 << 20;

    /// <summary>Square matrices start at multiples of so many elements.</summary>
    private const int AlignmentElements = 64;

    /// <param name="matrices">In the order of their offsets.</param>
    /// <param name="groupLength">Elements that complete a group.</param>
    /// <exception cref="ArgumentException">There is none, an extent is not positive, or they overlap or are not in order.</exception>
    public MuonPlan(IReadOnlyList<MuonMatrix> matrices, long groupLength = GroupLength)
    {
        if (matrices.Count == 0)
            throw new ArgumentException("Muon has at least one matrix to update.", nameof(matrices));
        List<MuonMatrix[]> groups = [];
        List<MuonMatrix> group = [];
        long end = 0;
        foreach (MuonMatrix matrix in matrices)
        {
            if (matrix.Rows < 1 || matrix.Columns < 1 || matrix.Offset < end)
                throw new ArgumentException($"Muon's matrices have positive extents and follow each other; this one does not: {matrix}.", nameof(matrices));
            end = matrix.End;
            group.Add(matrix);
            if (end - group[0].Offset >= groupLength)
                Complete();
        }

        if (group.Count > 0)
            Complete();
        Groups = groups;

        void Complete()
        {
            groups.Add([.. group]);
            LargestLength = Math.Max(LargestLength, LengthOf(group));
            LargestGramLength = Math.Max(LargestGramLength, GramOffsets(group)[^1]);
            group.Clear();
        }
    }

    public IReadOnlyList<IReadOnlyList<MuonMatrix>> Groups { get; }

    /// <summary>Elements from the first to the last of the largest group.</summary>
    internal long LargestLength { get; private set; }

    /// <summary>Elements of all Gram matrices of the group that has most.</summary>
    internal long LargestGramLength { get; private set; }

    /// <summary>Elements of scratch memory: the iterate and the next one, the Gram matrix and its square.</summary>
    public long ScratchLength => 2 * (Aligned(LargestLength) + LargestGramLength);

    /// <summary>Bytes of scratch memory.</summary>
    /// <typeparam name="T">What the products are computed in: float, or <see cref="BFloat16"/>.</typeparam>
    public long ScratchBytes<T>()
        where T : unmanaged => ScratchLength * Unsafe.SizeOf<T>();

    internal static long LengthOf(IReadOnlyList<MuonMatrix> group) => group[^1].End - group[0].Offset;

    /// <summary>Where each matrix's Gram matrix starts, and, as the last one, where they all end.</summary>
    internal static long[] GramOffsets(IReadOnlyList<MuonMatrix> group)
    {
        var offsets = new long[group.Count + 1];
        for (int i = 0; i < group.Count; i++)
            offsets[i + 1] = offsets[i] + Aligned((long)group[i].Order * group[i].Order);
        return offsets;
    }

    internal static long Aligned(long length) => (length + AlignmentElements - 1) / AlignmentElements * AlignmentElements;
}

using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What a warp needs of a step of 16 along K for 64 x 32 of C, in registers: six ldmatrix.</summary>
internal struct MatmulFragments
{
    public Bits128 A0;
    public Bits128 A1;
    public Bits128 A2;
    public Bits128 A3;
    public Bits128 B0;
    public Bits128 B1;

    /// <param name="shared">Tiles of A and B.</param>
    /// <param name="stage">Where the tile starts.</param>
    /// <param name="positionA">The lane's chunk of A.</param>
    /// <param name="positionB">The lane's chunk of B.</param>
    /// <param name="step">0 or 1: which half of a tile's 32 along K.</param>
    /// <param name="partA">A's part of a tile.</param>
    /// <param name="partB">B's part of a tile.</param>
    public static MatmulFragments Load<TA, TB>(ArrayView<Bits128> shared, int stage, int positionA, int positionB, int step, MatmulTile partA, MatmulTile partB)
        where TA : struct, IMatmulOperand
        where TB : struct, IMatmulOperand => new()
        {
            B0 = TB.Load(ref shared[stage + TB.Fragment(positionB, 0, step, partB)]),
            A0 = TA.Load(ref shared[stage + TA.Fragment(positionA, 0, step, partA)]),
            B1 = TB.Load(ref shared[stage + TB.Fragment(positionB, 1, step, partB)]),
            A1 = TA.Load(ref shared[stage + TA.Fragment(positionA, 1, step, partA)]),
            A2 = TA.Load(ref shared[stage + TA.Fragment(positionA, 2, step, partA)]),
            A3 = TA.Load(ref shared[stage + TA.Fragment(positionA, 3, step, partA)]),
        };
}

using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Version 2: asynchronous copies three tiles deep, chunks free of bank conflicts.</content>
internal sealed partial class MatmulTensorCore
{
    private static void Version2NTKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version2<AlongK, AlongK>(c, rounded, a, b, addend, turns, launch);

    private static void Version2NNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version2<AlongK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version2TNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version2<AcrossK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version2<TA, TB>(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch)
        where TA : struct, IMatmulOperand
        where TB : struct, IMatmulOperand
    {
        MatmulBlock block = MatmulBlock.Of(Grid.IdxX, launch, SmallTile, SmallTile);
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(Stages * SmallStage);
        ArrayView<Bits128> chunksOfA = a.Cast<Bits128>();
        ArrayView<Bits128> chunksOfB = b.Cast<Bits128>();
        var part = new MatmulTile { Width = SmallTile, Depth = Depth, Threads = SmallThreads, Swizzle = Swizzled };
        int thread = Group.IdxX;
        int lane = thread % WarpPad.Lanes;
        int warp = thread / WarpPad.Lanes;
        int leadingA = TA.Leading(launch.M, launch.K);
        int leadingB = TB.Leading(launch.N, launch.K);
        MatmulCopies copiesOfA = TA.Copies(thread, part, block.Row, launch.M, leadingA, block.FirstK, block.EndK);
        MatmulCopies copiesOfB = TB.Copies(thread, part, block.Column, launch.N, leadingB, block.FirstK, block.EndK);
        int targetA = TA.Target(thread, part);
        int targetB = SmallChunks + TB.Target(thread, part);
        int positionA = TA.Position(warp / 2 * 32, lane % 8, lane / 8 % 2, lane / 16, part);
        int positionB = SmallChunks + TB.Position(warp % 2 * 32, lane % 8, lane / 16, lane / 8 % 2, part);
        for (int begun = 0; begun < Stages - 1; begun++)
        {
            BeginSmall<TA>(shared, targetA + (begun * SmallStage), chunksOfA, copiesOfA, begun, leadingA, part);
            BeginSmall<TB>(shared, targetB + (begun * SmallStage), chunksOfB, copiesOfB, begun, leadingB, part);
            AsyncCopy.Commit();
        }

        MatmulRow upper = default;
        MatmulRow lower = default;
        int tiles = (block.EndK - block.FirstK + Depth - 1) / Depth;
        int stage = 0;
        int next = (Stages - 1) * SmallStage;
        for (int tile = 0; tile < tiles; tile++)
        {
            AsyncCopy.Wait(Stages - 2);
            // Also: every warp is done with the tile before, whose place the next copies take.
            Group.Barrier();
            BeginSmall<TA>(shared, targetA + next, chunksOfA, copiesOfA, tile + Stages - 1, leadingA, part);
            BeginSmall<TB>(shared, targetB + next, chunksOfB, copiesOfB, tile + Stages - 1, leadingB, part);
            AsyncCopy.Commit();
            for (int step = 0; step < 2; step++)
            {
                Bits128 left = TB.Load(ref shared[stage + TB.Fragment(positionB, 0, step, part)]);
                Bits128 right = TB.Load(ref shared[stage + TB.Fragment(positionB, 1, step, part)]);
                upper = MatmulRow.MultiplyAdd(upper, TA.Load(ref shared[stage + TA.Fragment(positionA, 0, step, part)]), left, right);
                lower = MatmulRow.MultiplyAdd(lower, TA.Load(ref shared[stage + TA.Fragment(positionA, 1, step, part)]), left, right);
            }

            next = stage;
            stage = stage == (Stages - 1) * SmallStage ? 0 : stage + SmallStage;
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        MatmulResult.Stage(shared, upper, warp / 2 * 32, warp % 2 * 32, SmallTile);
        MatmulResult.Stage(shared, lower, (warp / 2 * 32) + 16, warp % 2 * 32, SmallTile);
        MatmulBlock.WaitForTurn(block, launch, turns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 32, block.Row, 32, block.Column, SmallTile);
        MatmulBlock.PassTurn(block, launch, turns);
    }

    /// <summary>Begins a thread's two copies of an operand's tile.</summary>
    private static void BeginSmall<TOperand>(ArrayView<Bits128> shared, int target, ArrayView<Bits128> source, MatmulCopies copies, int tile, int leading, MatmulTile part)
        where TOperand : struct, IMatmulOperand
    {
        int offset = tile * TOperand.Advance(leading, part);
        int consumed = tile * TOperand.Consumed(part);
        MatmulCopies.Begin(ref shared[target], source, copies, 0, offset, consumed);
        MatmulCopies.Begin(ref shared[target + part.Threads], source, copies, 1, offset, consumed);
    }
}

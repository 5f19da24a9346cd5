using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Version 3: tiles of 128 x 128, fragments loaded one step ahead.</content>
internal sealed partial class MatmulTensorCore
{
    private const int Version3Threads = 256;

    private static void Version3NTKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version3<AlongK, AlongK>(c, rounded, a, b, addend, turns, launch);

    private static void Version3NNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version3<AlongK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version3TNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version3<AcrossK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    /// <summary>Eight warps, each 64 x 32 of C: 64 sums a thread.</summary>
    private static void Version3<TA, TB>(
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
        MatmulBlock block = MatmulBlock.Of(Grid.IdxX, launch, LargeTile, LargeTile);
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(Stages * LargeStage);
        ArrayView<Bits128> chunksOfA = a.Cast<Bits128>();
        ArrayView<Bits128> chunksOfB = b.Cast<Bits128>();
        var part = new MatmulTile { Width = LargeTile, Depth = Depth, Threads = Version3Threads, Swizzle = Swizzled };
        int thread = Group.IdxX;
        int lane = thread % WarpPad.Lanes;
        int warp = thread / WarpPad.Lanes;
        int warpRow = warp / 4 * 64;
        int warpColumn = warp % 4 * 32;
        int leadingA = TA.Leading(launch.M, launch.K);
        int leadingB = TB.Leading(launch.N, launch.K);
        MatmulCopies copiesOfA = TA.Copies(thread, part, block.Row, launch.M, leadingA, block.FirstK, block.EndK);
        MatmulCopies copiesOfB = TB.Copies(thread, part, block.Column, launch.N, leadingB, block.FirstK, block.EndK);
        int targetA = TA.Target(thread, part);
        int targetB = LargeChunks + TB.Target(thread, part);
        int positionA = TA.Position(warpRow, lane % 8, lane / 8 % 2, lane / 16, part);
        int positionB = LargeChunks + TB.Position(warpColumn, lane % 8, lane / 16, lane / 8 % 2, part);
        for (int begun = 0; begun < Stages - 1; begun++)
        {
            Begin3<TA>(shared, targetA + (begun * LargeStage), chunksOfA, copiesOfA, begun, leadingA, part);
            Begin3<TB>(shared, targetB + (begun * LargeStage), chunksOfB, copiesOfB, begun, leadingB, part);
            AsyncCopy.Commit();
        }

        AsyncCopy.Wait(Stages - 2);
        Group.Barrier();
        MatmulFragments now = MatmulFragments.Load<TA, TB>(shared, 0, positionA, positionB, 0, part, part);
        MatmulRow r0 = default;
        MatmulRow r1 = default;
        MatmulRow r2 = default;
        MatmulRow r3 = default;
        int tiles = (block.EndK - block.FirstK + Depth - 1) / Depth;
        int stage = 0;
        int next = (Stages - 1) * LargeStage;
        for (int tile = 0; tile < tiles; tile++)
        {
            MatmulFragments ahead = MatmulFragments.Load<TA, TB>(shared, stage, positionA, positionB, 1, part, part);
            // Every warp has left the tile before, whose place these take: that was the last barrier.
            Begin3<TA>(shared, targetA + next, chunksOfA, copiesOfA, tile + Stages - 1, leadingA, part);
            Begin3<TB>(shared, targetB + next, chunksOfB, copiesOfB, tile + Stages - 1, leadingB, part);
            AsyncCopy.Commit();
            r0 = MatmulRow.MultiplyAdd(r0, now.A0, now.B0, now.B1);
            r1 = MatmulRow.MultiplyAdd(r1, now.A1, now.B0, now.B1);
            r2 = MatmulRow.MultiplyAdd(r2, now.A2, now.B0, now.B1);
            r3 = MatmulRow.MultiplyAdd(r3, now.A3, now.B0, now.B1);
            next = stage;
            stage = stage == (Stages - 1) * LargeStage ? 0 : stage + LargeStage;
            AsyncCopy.Wait(Stages - 2);
            Group.Barrier();
            now = MatmulFragments.Load<TA, TB>(shared, stage, positionA, positionB, 0, part, part);
            r0 = MatmulRow.MultiplyAdd(r0, ahead.A0, ahead.B0, ahead.B1);
            r1 = MatmulRow.MultiplyAdd(r1, ahead.A1, ahead.B0, ahead.B1);
            r2 = MatmulRow.MultiplyAdd(r2, ahead.A2, ahead.B0, ahead.B1);
            r3 = MatmulRow.MultiplyAdd(r3, ahead.A3, ahead.B0, ahead.B1);
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        int row = warp / 4 * 32;
        MatmulResult.Stage(shared, r0, row, warpColumn, LargeTile);
        MatmulResult.Stage(shared, r1, row + 16, warpColumn, LargeTile);
        MatmulBlock.WaitForTurn(block, launch, turns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 32, block.Row, 64, block.Column, LargeTile);
        Group.Barrier();
        MatmulResult.Stage(shared, r2, row, warpColumn, LargeTile);
        MatmulResult.Stage(shared, r3, row + 16, warpColumn, LargeTile);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 32, block.Row + 32, 64, block.Column, LargeTile);
        MatmulBlock.PassTurn(block, launch, turns);
    }

    /// <summary>Begins a thread's two copies of an operand's tile.</summary>
    private static void Begin3<TOperand>(ArrayView<Bits128> shared, int target, ArrayView<Bits128> source, MatmulCopies copies, int tile, int leading, MatmulTile part)
        where TOperand : struct, IMatmulOperand
    {
        int offset = tile * TOperand.Advance(leading, part);
        int consumed = tile * TOperand.Consumed(part);
        MatmulCopies.Begin(ref shared[target], source, copies, 0, offset, consumed);
        MatmulCopies.Begin(ref shared[target + part.Threads], source, copies, 1, offset, consumed);
    }
}

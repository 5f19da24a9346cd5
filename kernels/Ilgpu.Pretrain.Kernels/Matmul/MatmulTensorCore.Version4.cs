using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Version 4: as version 3 by half as many warps with twice the sums.</content>
internal sealed partial class MatmulTensorCore
{
    private const int Version4Threads = 128;

    private static void Version4NTKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version4<AlongK, AlongK>(c, rounded, a, b, addend, turns, launch);

    private static void Version4NNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version4<AlongK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version4TNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version4<AcrossK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    /// <summary>Four warps, each 64 x 64 of C: 128 sums a thread.</summary>
    private static void Version4<TA, TB>(
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
        var part = new MatmulTile { Width = LargeTile, Depth = Depth, Threads = Version4Threads, Swizzle = Swizzled };
        int thread = Group.IdxX;
        int lane = thread % WarpPad.Lanes;
        int warp = thread / WarpPad.Lanes;
        int warpRow = warp / 2 * 64;
        int warpColumn = warp % 2 * 64;
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
            Begin4<TA>(shared, targetA + (begun * LargeStage), chunksOfA, copiesOfA, begun, leadingA, part);
            Begin4<TB>(shared, targetB + (begun * LargeStage), chunksOfB, copiesOfB, begun, leadingB, part);
            AsyncCopy.Commit();
        }

        AsyncCopy.Wait(Stages - 2);
        Group.Barrier();
        MatmulFragments now = MatmulFragments.Load<TA, TB>(shared, 0, positionA, positionB, 0, part, part);
        Bits128 b2 = TB.Load(ref shared[TB.Fragment(positionB, 2, 0, part)]);
        Bits128 b3 = TB.Load(ref shared[TB.Fragment(positionB, 3, 0, part)]);
        MatmulRow l0 = default;
        MatmulRow l1 = default;
        MatmulRow l2 = default;
        MatmulRow l3 = default;
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
            Bits128 ahead2 = TB.Load(ref shared[stage + TB.Fragment(positionB, 2, 1, part)]);
            Bits128 ahead3 = TB.Load(ref shared[stage + TB.Fragment(positionB, 3, 1, part)]);
            // Every warp has left the tile before, whose place these take: that was the last barrier.
            Begin4<TA>(shared, targetA + next, chunksOfA, copiesOfA, tile + Stages - 1, leadingA, part);
            Begin4<TB>(shared, targetB + next, chunksOfB, copiesOfB, tile + Stages - 1, leadingB, part);
            AsyncCopy.Commit();
            l0 = MatmulRow.MultiplyAdd(l0, now.A0, now.B0, now.B1);
            l1 = MatmulRow.MultiplyAdd(l1, now.A1, now.B0, now.B1);
            l2 = MatmulRow.MultiplyAdd(l2, now.A2, now.B0, now.B1);
            l3 = MatmulRow.MultiplyAdd(l3, now.A3, now.B0, now.B1);
            r0 = MatmulRow.MultiplyAdd(r0, now.A0, b2, b3);
            r1 = MatmulRow.MultiplyAdd(r1, now.A1, b2, b3);
            r2 = MatmulRow.MultiplyAdd(r2, now.A2, b2, b3);
            r3 = MatmulRow.MultiplyAdd(r3, now.A3, b2, b3);
            next = stage;
            stage = stage == (Stages - 1) * LargeStage ? 0 : stage + LargeStage;
            AsyncCopy.Wait(Stages - 2);
            Group.Barrier();
            now = MatmulFragments.Load<TA, TB>(shared, stage, positionA, positionB, 0, part, part);
            b2 = TB.Load(ref shared[stage + TB.Fragment(positionB, 2, 0, part)]);
            b3 = TB.Load(ref shared[stage + TB.Fragment(positionB, 3, 0, part)]);
            l0 = MatmulRow.MultiplyAdd(l0, ahead.A0, ahead.B0, ahead.B1);
            l1 = MatmulRow.MultiplyAdd(l1, ahead.A1, ahead.B0, ahead.B1);
            l2 = MatmulRow.MultiplyAdd(l2, ahead.A2, ahead.B0, ahead.B1);
            l3 = MatmulRow.MultiplyAdd(l3, ahead.A3, ahead.B0, ahead.B1);
            r0 = MatmulRow.MultiplyAdd(r0, ahead.A0, ahead2, ahead3);
            r1 = MatmulRow.MultiplyAdd(r1, ahead.A1, ahead2, ahead3);
            r2 = MatmulRow.MultiplyAdd(r2, ahead.A2, ahead2, ahead3);
            r3 = MatmulRow.MultiplyAdd(r3, ahead.A3, ahead2, ahead3);
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        int row = warp / 2 * 32;
        MatmulResult.Stage(shared, l0, row, warpColumn, LargeTile);
        MatmulResult.Stage(shared, r0, row, warpColumn + 32, LargeTile);
        MatmulResult.Stage(shared, l1, row + 16, warpColumn, LargeTile);
        MatmulResult.Stage(shared, r1, row + 16, warpColumn + 32, LargeTile);
        MatmulBlock.WaitForTurn(block, launch, turns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 32, block.Row, 64, block.Column, LargeTile);
        Group.Barrier();
        MatmulResult.Stage(shared, l2, row, warpColumn, LargeTile);
        MatmulResult.Stage(shared, r2, row, warpColumn + 32, LargeTile);
        MatmulResult.Stage(shared, l3, row + 16, warpColumn, LargeTile);
        MatmulResult.Stage(shared, r3, row + 16, warpColumn + 32, LargeTile);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 32, block.Row + 32, 64, block.Column, LargeTile);
        MatmulBlock.PassTurn(block, launch, turns);
    }

    /// <summary>Begins a thread's four copies of an operand's tile.</summary>
    private static void Begin4<TOperand>(ArrayView<Bits128> shared, int target, ArrayView<Bits128> source, MatmulCopies copies, int tile, int leading, MatmulTile part)
        where TOperand : struct, IMatmulOperand
    {
        int offset = tile * TOperand.Advance(leading, part);
        int consumed = tile * TOperand.Consumed(part);
        MatmulCopies.Begin(ref shared[target], source, copies, 0, offset, consumed);
        MatmulCopies.Begin(ref shared[target + part.Threads], source, copies, 1, offset, consumed);
        MatmulCopies.Begin(ref shared[target + (2 * part.Threads)], source, copies, 2, offset, consumed);
        MatmulCopies.Begin(ref shared[target + (3 * part.Threads)], source, copies, 3, offset, consumed);
    }
}

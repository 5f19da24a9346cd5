using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Version 5: tiles of 128 x 256, four of them under way, 16 along K.</content>
internal sealed partial class MatmulTensorCore
{
    private const int Version5Threads = 256;
    private const int Version5Columns = 256;
    private const int Version5Depth = 16;
    private const int Version5Stages = 4;
    private const int Version5ChunksOfA = LargeTile * Version5Depth / 8;
    private const int Version5Stage = Version5ChunksOfA + (Version5Columns * Version5Depth / 8);

    private static void Version5NTKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version5<AlongK, AlongK>(c, rounded, a, b, addend, turns, launch);

    private static void Version5NNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version5<AlongK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version5TNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version5<AcrossK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    /// <summary>Eight warps, each 64 x 64 of C: 128 sums a thread.</summary>
    private static void Version5<TA, TB>(
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
        MatmulBlock block = MatmulBlock.Of(Grid.IdxX, launch, LargeTile, Version5Columns);
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(Version5Stages * Version5Stage);
        ArrayView<Bits128> chunksOfA = a.Cast<Bits128>();
        ArrayView<Bits128> chunksOfB = b.Cast<Bits128>();
        var partA = new MatmulTile { Width = LargeTile, Depth = Version5Depth, Threads = Version5Threads, Swizzle = Swizzled };
        var partB = new MatmulTile { Width = Version5Columns, Depth = Version5Depth, Threads = Version5Threads, Swizzle = Swizzled };
        int thread = Group.IdxX;
        int lane = thread % WarpPad.Lanes;
        int warp = thread / WarpPad.Lanes;
        int warpColumn = warp % 4 * 64;
        int leadingA = TA.Leading(launch.M, launch.K);
        int leadingB = TB.Leading(launch.N, launch.K);
        MatmulCopies copiesOfA = TA.Copies(thread, partA, block.Row, launch.M, leadingA, block.FirstK, block.EndK);
        MatmulCopies copiesOfB = TB.Copies(thread, partB, block.Column, launch.N, leadingB, block.FirstK, block.EndK);
        int targetA = TA.Target(thread, partA);
        int targetB = Version5ChunksOfA + TB.Target(thread, partB);
        int positionA = TA.Position(warp / 4 * 64, lane % 8, lane / 8 % 2, lane / 16, partA);
        int positionB = Version5ChunksOfA + TB.Position(warpColumn, lane % 8, lane / 16, lane / 8 % 2, partB);
        for (int begun = 0; begun < Version5Stages - 1; begun++)
        {
            Begin5<TA>(shared, targetA + (begun * Version5Stage), chunksOfA, copiesOfA, begun, leadingA, partA);
            Begin5<TB>(shared, targetB + (begun * Version5Stage), chunksOfB, copiesOfB, begun, leadingB, partB);
            AsyncCopy.Commit();
        }

        AsyncCopy.Wait(Version5Stages - 2);
        Group.Barrier();
        MatmulFragments now = MatmulFragments.Load<TA, TB>(shared, 0, positionA, positionB, 0, partA, partB);
        Bits128 b2 = TB.Load(ref shared[TB.Fragment(positionB, 2, 0, partB)]);
        Bits128 b3 = TB.Load(ref shared[TB.Fragment(positionB, 3, 0, partB)]);
        MatmulRow l0 = default;
        MatmulRow l1 = default;
        MatmulRow l2 = default;
        MatmulRow l3 = default;
        MatmulRow r0 = default;
        MatmulRow r1 = default;
        MatmulRow r2 = default;
        MatmulRow r3 = default;
        int tiles = (block.EndK - block.FirstK + Version5Depth - 1) / Version5Depth;
        int stage = 0;
        int free = (Version5Stages - 1) * Version5Stage;
        // Two tiles a turn, so that fragments change places without moving. What lies past the end of K is zeros.
        for (int tile = 0; tile < tiles; tile += 2)
        {
            MatmulFragments ahead;
            Bits128 ahead2;
            Bits128 ahead3;
            Begin5<TA>(shared, targetA + free, chunksOfA, copiesOfA, tile + Version5Stages - 1, leadingA, partA);
            Begin5<TB>(shared, targetB + free, chunksOfB, copiesOfB, tile + Version5Stages - 1, leadingB, partB);
            AsyncCopy.Commit();
            l0 = MatmulRow.MultiplyAdd(l0, now.A0, now.B0, now.B1);
            l1 = MatmulRow.MultiplyAdd(l1, now.A1, now.B0, now.B1);
            l2 = MatmulRow.MultiplyAdd(l2, now.A2, now.B0, now.B1);
            l3 = MatmulRow.MultiplyAdd(l3, now.A3, now.B0, now.B1);
            free = stage;
            stage = stage == (Version5Stages - 1) * Version5Stage ? 0 : stage + Version5Stage;
            AsyncCopy.Wait(Version5Stages - 2);
            Group.Barrier();
            ahead = MatmulFragments.Load<TA, TB>(shared, stage, positionA, positionB, 0, partA, partB);
            ahead2 = TB.Load(ref shared[stage + TB.Fragment(positionB, 2, 0, partB)]);
            ahead3 = TB.Load(ref shared[stage + TB.Fragment(positionB, 3, 0, partB)]);
            r0 = MatmulRow.MultiplyAdd(r0, now.A0, b2, b3);
            r1 = MatmulRow.MultiplyAdd(r1, now.A1, b2, b3);
            r2 = MatmulRow.MultiplyAdd(r2, now.A2, b2, b3);
            r3 = MatmulRow.MultiplyAdd(r3, now.A3, b2, b3);

            Begin5<TA>(shared, targetA + free, chunksOfA, copiesOfA, tile + Version5Stages, leadingA, partA);
            Begin5<TB>(shared, targetB + free, chunksOfB, copiesOfB, tile + Version5Stages, leadingB, partB);
            AsyncCopy.Commit();
            l0 = MatmulRow.MultiplyAdd(l0, ahead.A0, ahead.B0, ahead.B1);
            l1 = MatmulRow.MultiplyAdd(l1, ahead.A1, ahead.B0, ahead.B1);
            l2 = MatmulRow.MultiplyAdd(l2, ahead.A2, ahead.B0, ahead.B1);
            l3 = MatmulRow.MultiplyAdd(l3, ahead.A3, ahead.B0, ahead.B1);
            free = stage;
            stage = stage == (Version5Stages - 1) * Version5Stage ? 0 : stage + Version5Stage;
            AsyncCopy.Wait(Version5Stages - 2);
            Group.Barrier();
            now = MatmulFragments.Load<TA, TB>(shared, stage, positionA, positionB, 0, partA, partB);
            b2 = TB.Load(ref shared[stage + TB.Fragment(positionB, 2, 0, partB)]);
            b3 = TB.Load(ref shared[stage + TB.Fragment(positionB, 3, 0, partB)]);
            r0 = MatmulRow.MultiplyAdd(r0, ahead.A0, ahead2, ahead3);
            r1 = MatmulRow.MultiplyAdd(r1, ahead.A1, ahead2, ahead3);
            r2 = MatmulRow.MultiplyAdd(r2, ahead.A2, ahead2, ahead3);
            r3 = MatmulRow.MultiplyAdd(r3, ahead.A3, ahead2, ahead3);
        }

        AsyncCopy.Wait(0);
        int row = warp / 4 * 16;
        Group.Barrier();
        MatmulResult.Stage(shared, l0, row, warpColumn, Version5Columns);
        MatmulResult.Stage(shared, r0, row, warpColumn + 32, Version5Columns);
        MatmulBlock.WaitForTurn(block, launch, turns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 16, block.Row, 64, block.Column, Version5Columns);
        Group.Barrier();
        MatmulResult.Stage(shared, l1, row, warpColumn, Version5Columns);
        MatmulResult.Stage(shared, r1, row, warpColumn + 32, Version5Columns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 16, block.Row + 16, 64, block.Column, Version5Columns);
        Group.Barrier();
        MatmulResult.Stage(shared, l2, row, warpColumn, Version5Columns);
        MatmulResult.Stage(shared, r2, row, warpColumn + 32, Version5Columns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 16, block.Row + 32, 64, block.Column, Version5Columns);
        Group.Barrier();
        MatmulResult.Stage(shared, l3, row, warpColumn, Version5Columns);
        MatmulResult.Stage(shared, r3, row, warpColumn + 32, Version5Columns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 16, block.Row + 48, 64, block.Column, Version5Columns);
        MatmulBlock.PassTurn(block, launch, turns);
    }

    /// <summary>Begins a thread's copies of an operand's tile: one of A, two of B.</summary>
    private static void Begin5<TOperand>(ArrayView<Bits128> shared, int target, ArrayView<Bits128> source, MatmulCopies copies, int tile, int leading, MatmulTile part)
        where TOperand : struct, IMatmulOperand
    {
        int offset = tile * TOperand.Advance(leading, part);
        int consumed = tile * TOperand.Consumed(part);
        MatmulCopies.Begin(ref shared[target], source, copies, 0, offset, consumed);
        if (part.Width == Version5Columns)
            MatmulCopies.Begin(ref shared[target + part.Threads], source, copies, 1, offset, consumed);
    }
}

using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Version 1: copies through registers; any alignment.</content>
internal sealed partial class MatmulTensorCore
{
    private static void Version1NTKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version1<AlongK, AlongK>(c, rounded, a, b, addend, turns, launch);

    private static void Version1NNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version1<AlongK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version1TNKernel(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<BFloat16> a,
        ArrayView<BFloat16> b,
        ArrayView<float> addend,
        ArrayView<int> turns,
        MatmulLaunch launch) =>
        Version1<AcrossK, AcrossK>(c, rounded, a, b, addend, turns, launch);

    private static void Version1<TA, TB>(
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
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(SmallStagedChunks);
        var part = new MatmulTile { Width = SmallTile, Depth = Depth, Threads = SmallThreads, Swizzle = Plain };
        int thread = Group.IdxX;
        int lane = thread % WarpPad.Lanes;
        int warp = thread / WarpPad.Lanes;
        int leadingA = TA.Leading(launch.M, launch.K);
        int leadingB = TB.Leading(launch.N, launch.K);
        MatmulCopies copiesOfA = TA.Copies(thread, part, block.Row, launch.M, leadingA, block.FirstK, block.EndK);
        MatmulCopies copiesOfB = TB.Copies(thread, part, block.Column, launch.N, leadingB, block.FirstK, block.EndK);
        int target = TA.Target(thread, part);
        int targetB = SmallChunks + TB.Target(thread, part);
        int positionA = TA.Position(warp / 2 * 32, lane % 8, lane / 8 % 2, lane / 16, part);
        int positionB = SmallChunks + TB.Position(warp % 2 * 32, lane % 8, lane / 16, lane / 8 % 2, part);
        MatmulRow upper = default;
        MatmulRow lower = default;
        int tile = 0;
        for (int k = block.FirstK; k < block.EndK; k += Depth)
        {
            Group.Barrier();
            if (launch.Has(MatmulLaunch.WideFactors))
            {
                int offsetA = tile * TA.Advance(leadingA, part);
                int offsetB = tile * TB.Advance(leadingB, part);
                shared[target] = MatmulCopies.Load(a.Cast<Bits128>(), copiesOfA, 0, offsetA, tile * TA.Consumed(part));
                shared[target + part.Threads] = MatmulCopies.Load(a.Cast<Bits128>(), copiesOfA, 1, offsetA, tile * TA.Consumed(part));
                shared[targetB] = MatmulCopies.Load(b.Cast<Bits128>(), copiesOfB, 0, offsetB, tile * TB.Consumed(part));
                shared[targetB + SmallThreads] = MatmulCopies.Load(b.Cast<Bits128>(), copiesOfB, 1, offsetB, tile * TB.Consumed(part));
            }
            else
            {
                for (int copy = 0; copy < 2; copy++)
                {
                    shared[target + (copy * part.Threads)] = TA.Gather(a, thread, copy, part, block.Row, launch.M, leadingA, k, block.EndK);
                    shared[targetB + (copy * part.Threads)] = TB.Gather(b, thread, copy, part, block.Column, launch.N, leadingB, k, block.EndK);
                }
            }

            Group.Barrier();
            for (int step = 0; step < 2; step++)
            {
                Bits128 left = TB.Load(ref shared[TB.Fragment(positionB, 0, step, part)]);
                Bits128 right = TB.Load(ref shared[TB.Fragment(positionB, 1, step, part)]);
                upper = MatmulRow.MultiplyAdd(upper, TA.Load(ref shared[TA.Fragment(positionA, 0, step, part)]), left, right);
                lower = MatmulRow.MultiplyAdd(lower, TA.Load(ref shared[TA.Fragment(positionA, 1, step, part)]), left, right);
            }

            tile++;
        }

        Group.Barrier();
        MatmulResult.Stage(shared, upper, warp / 2 * 32, warp % 2 * 32, SmallTile);
        MatmulResult.Stage(shared, lower, (warp / 2 * 32) + 16, warp % 2 * 32, SmallTile);
        MatmulBlock.WaitForTurn(block, launch, turns);
        Group.Barrier();
        MatmulResult.StoreStaged(shared, c, rounded, addend, launch, block.Segment, 32, block.Row, 32, block.Column, SmallTile);
        MatmulBlock.PassTurn(block, launch, turns);
    }
}

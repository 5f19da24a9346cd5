using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <content>
/// The forward pass: a group owns 64 queries. Tiles of keys and values follow one another through a ring of three in shared
/// memory: one is worked on, the next has arrived or is on its way, the one after that takes the place of the one before.
/// </content>
internal sealed partial class AttentionTensorCore<THead>
{
    private static int RingTile => Rows * HeadTiles<THead>.Chunks;

    private static int StepTile => Step * HeadTiles<THead>.Chunks;

    private static void ForwardKernel(
        ArrayView<BFloat16> output,
        ArrayView<float> logSumExp,
        ArrayView<BFloat16> qkv,
        AttentionShape shape,
        float scale,
        float exponentScale)
    {
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(3 * Rows * THead.Size / 8);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int rowStart = HeadTiles<THead>.RowStart(lane);
        int columnStart = HeadTiles<THead>.ColumnStart(lane);
        int heads = shape.Batch * shape.Heads;
        int last = ((shape.Length - 1) / Rows) - (Grid.IdxX / heads);
        int sequence = Grid.IdxX % heads / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        int firstQuery = last * Rows;
        int stride = QkvStride(shape);
        ArrayView<Bits128> rows = qkv.Cast<Bits128>();
        long firstRow = (long)sequence * shape.Length * stride;
        long keys = firstRow + ((shape.Heads + (head / shape.GroupSize)) * HeadTiles<THead>.Chunks);
        long values = keys + (shape.KeyValueHeads * HeadTiles<THead>.Chunks);
        int keyTile = 0;
        int valueTile = RingTile;
        int freeTile = 2 * RingTile;

        long queries = firstRow + ((long)firstQuery * stride) + (head * HeadTiles<THead>.Chunks);
        HeadTiles<THead>.Copy(shared, freeTile, rows, queries, stride, Rows, shape.Length - firstQuery);
        HeadTiles<THead>.Copy(shared, keyTile, rows, keys, stride, Rows, shape.Length);
        AsyncCopy.Commit();
        HeadTiles<THead>.Copy(shared, valueTile, rows, values, stride, Rows, shape.Length);
        AsyncCopy.Commit();
        AsyncCopy.Wait(1);
        Group.Barrier();
        HeadFragments query = HeadTiles<THead>.Load(shared, freeTile + (warp * StepTile) + rowStart);

        var state = new ForwardState { UpperMax = float.NegativeInfinity, LowerMax = float.NegativeInfinity };
        for (int block = 0; block < last; block++)
        {
            int next = (block + 1) * Rows;
            AsyncCopy.Wait(1);
            Group.Barrier();
            HeadTiles<THead>.Copy(shared, freeTile, rows, keys + ((long)next * stride), stride, Rows, shape.Length - next);
            AsyncCopy.Commit();
            int start = keyTile + columnStart;
            SumTile s0 = HeadTiles<THead>.Multiply(query, shared, start, 0);
            SumTile s1 = HeadTiles<THead>.Multiply(query, shared, start, StepTile);
            SumTile s2 = HeadTiles<THead>.Multiply(query, shared, start, 2 * StepTile);
            SumTile s3 = HeadTiles<THead>.Multiply(query, shared, start, 3 * StepTile);
            state = Advance(state, s0, s1, s2, s3, exponentScale);
            s0 = Weights(s0, state, exponentScale);
            s1 = Weights(s1, state, exponentScale);
            s2 = Weights(s2, state, exponentScale);
            s3 = Weights(s3, state, exponentScale);
            state = AddWeights(state, s0, s1, s2, s3);

            AsyncCopy.Wait(1);
            Group.Barrier();
            HeadTiles<THead>.Copy(shared, keyTile, rows, values + ((long)next * stride), stride, Rows, shape.Length - next);
            AsyncCopy.Commit();
            start = valueTile + rowStart;
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s0), shared, start, 0);
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s1), shared, start, StepTile);
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s2), shared, start, 2 * StepTile);
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s3), shared, start, 3 * StepTile);

            int used = valueTile;
            valueTile = keyTile;
            keyTile = freeTile;
            freeTile = used;
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        state = Diagonal(state, query, shared, keyTile + columnStart, valueTile + rowStart, warp, exponentScale, lane);
        float upperSum = QuadSum(state.UpperSum);
        float lowerSum = QuadSum(state.LowerSum);
        int upperQuery = firstQuery + (warp * Step) + (lane >> 2);
        long statistic = (((long)sequence * shape.Heads) + head) * shape.Length;
        if ((lane & 3) == 0 && upperQuery < shape.Length)
            logSumExp[statistic + upperQuery] = (scale * state.UpperMax) + XMath.Log(upperSum);
        if ((lane & 3) == 0 && upperQuery + 8 < shape.Length)
            logSumExp[statistic + upperQuery + 8] = (scale * state.LowerMax) + XMath.Log(lowerSum);

        Group.Barrier();
        HeadTiles<THead>.Store(HeadTiles<THead>.Scale(state.Sums, 1 / upperSum, 1 / lowerSum), shared, warp * StepTile, lane);
        Group.Barrier();
        long target = ((((long)sequence * shape.Length) + firstQuery) * OutputStride(shape)) + (head * HeadTiles<THead>.Chunks);
        HeadTiles<THead>.CopyOut(output.Cast<Bits128>(), target, OutputStride(shape), shared, 0, XMath.Min(Rows, shape.Length - firstQuery));
    }

    /// <summary>
    /// The block of keys that lies across the diagonal. It has a body of its own: in a single one, with conditions, the
    /// products of no two tiles would be under way together in any block.
    /// </summary>
    private static ForwardState Diagonal(ForwardState state, HeadFragments query, ArrayView<Bits128> shared, int keys, int values, int warp, float exponentScale, int lane)
    {
        SumTile s0 = Scores(query, shared, keys, 0, warp, lane);
        SumTile s1 = Scores(query, shared, keys, StepTile, warp - 1, lane);
        SumTile s2 = Scores(query, shared, keys, 2 * StepTile, warp - 2, lane);
        SumTile s3 = Scores(query, shared, keys, 3 * StepTile, warp - 3, lane);
        state = Advance(state, s0, s1, s2, s3, exponentScale);
        s0 = Weights(s0, state, exponentScale);
        s1 = Weights(s1, state, exponentScale);
        s2 = Weights(s2, state, exponentScale);
        s3 = Weights(s3, state, exponentScale);
        state = AddWeights(state, s0, s1, s2, s3);
        state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s0), shared, values, 0);
        if (warp >= 1)
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s1), shared, values, StepTile);
        if (warp >= 2)
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s2), shared, values, 2 * StepTile);
        if (warp >= 3)
            state.Sums = HeadTiles<THead>.Add(state.Sums, HeadTiles<THead>.Pack(s3), shared, values, 3 * StepTile);
        return state;
    }

    /// <summary>The products of a warp's queries with 16 keys; those after the query are minus infinity.</summary>
    /// <param name="query">The queries.</param>
    /// <param name="shared">Holds the keys.</param>
    /// <param name="start">Their block plus the lane's start.</param>
    /// <param name="offset">Where their tile begins in the block; a constant.</param>
    /// <param name="before">How many tiles the keys lie before the queries; negative where they lie after.</param>
    /// <param name="lane">The calling lane.</param>
    private static SumTile Scores(HeadFragments query, ArrayView<Bits128> shared, int start, int offset, int before, int lane)
    {
        SumTile scores = Fill(float.NegativeInfinity);
        if (before >= 0)
            scores = HeadTiles<THead>.Multiply(query, shared, start, offset);
        if (before == 0)
            scores = HideLaterColumns(scores, float.NegativeInfinity, lane);
        return scores;
    }

    /// <summary>Takes a block's scores into the running maxima, and scales what was summed under the old ones.</summary>
    private static ForwardState Advance(ForwardState state, SumTile s0, SumTile s1, SumTile s2, SumTile s3, float exponentScale)
    {
        float upperMax = QuadMax(XMath.Max(state.UpperMax, XMath.Max(XMath.Max(UpperMax(s0), UpperMax(s1)), XMath.Max(UpperMax(s2), UpperMax(s3)))));
        float lowerMax = QuadMax(XMath.Max(state.LowerMax, XMath.Max(XMath.Max(LowerMax(s0), LowerMax(s1)), XMath.Max(LowerMax(s2), LowerMax(s3)))));
        float upperFactor = Weight(state.UpperMax, upperMax, exponentScale);
        float lowerFactor = Weight(state.LowerMax, lowerMax, exponentScale);
        return new ForwardState
        {
            Sums = HeadTiles<THead>.Scale(state.Sums, upperFactor, lowerFactor),
            UpperMax = upperMax,
            LowerMax = lowerMax,
            UpperSum = state.UpperSum * upperFactor,
            LowerSum = state.LowerSum * lowerFactor,
        };
    }

    private static ForwardState AddWeights(ForwardState state, SumTile s0, SumTile s1, SumTile s2, SumTile s3)
    {
        state.UpperSum += UpperSum(s0) + UpperSum(s1) + (UpperSum(s2) + UpperSum(s3));
        state.LowerSum += LowerSum(s0) + LowerSum(s1) + (LowerSum(s2) + LowerSum(s3));
        return state;
    }

    /// <summary>
    /// The difference comes before the factor: the other way round, the rounding of a large score's product would be left
    /// in the exponent.
    /// </summary>
    private static float Weight(float score, float largest, float exponentScale) => Exponential.Base2((score - largest) * exponentScale);

    private static SumTile Weights(SumTile scores, ForwardState state, float exponentScale) => new()
    {
        Left = Weights(scores.Left, state.UpperMax, state.LowerMax, exponentScale),
        Right = Weights(scores.Right, state.UpperMax, state.LowerMax, exponentScale),
    };

    private static Float4 Weights(Float4 scores, float upperMax, float lowerMax, float exponentScale) => new()
    {
        X = Weight(scores.X, upperMax, exponentScale),
        Y = Weight(scores.Y, upperMax, exponentScale),
        Z = Weight(scores.Z, lowerMax, exponentScale),
        W = Weight(scores.W, lowerMax, exponentScale),
    };

    private static float UpperMax(SumTile tile) => XMath.Max(XMath.Max(tile.Left.X, tile.Left.Y), XMath.Max(tile.Right.X, tile.Right.Y));

    private static float LowerMax(SumTile tile) => XMath.Max(XMath.Max(tile.Left.Z, tile.Left.W), XMath.Max(tile.Right.Z, tile.Right.W));

    private static float UpperSum(SumTile tile) => tile.Left.X + tile.Left.Y + (tile.Right.X + tile.Right.Y);

    private static float LowerSum(SumTile tile) => tile.Left.Z + tile.Left.W + (tile.Right.Z + tile.Right.W);

    /// <summary>The largest of the four lanes that hold a row.</summary>
    private static float QuadMax(float value)
    {
        float pair = XMath.Max(value, WarpLanes.ShuffleXor(value, 1));
        return XMath.Max(pair, WarpLanes.ShuffleXor(pair, 2));
    }

    private static float QuadSum(float value)
    {
        float pair = value + WarpLanes.ShuffleXor(value, 1);
        return pair + WarpLanes.ShuffleXor(pair, 2);
    }
}

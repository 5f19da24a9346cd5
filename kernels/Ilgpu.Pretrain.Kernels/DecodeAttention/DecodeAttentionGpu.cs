using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The cache is cut into chunks of positions, a group each, so that one sequence keeps a GPU busy; the chunks' sums are
/// then combined in order. A group reads its chunk once for up to four of the query heads that share it: a warp a position,
/// so that reads are contiguous, 32 positions at a time with a running softmax.
/// </summary>
/// <remarks>
/// Reads 8 n d bytes a sequence and key/value head, n positions of d features, for 4 n d FLOPs a query head: bound by
/// memory. What a chunk leaves, d + 2 numbers a query head, lies in the scratch memory, which holds n: so a chunk has at
/// least 2 (d + 2) positions. Heads of more than 128 features take the naive rung.
/// </remarks>
internal sealed class DecodeAttentionGpu : DecodeAttention
{
    private const int Lanes = 32;
    private const int Warps = 4;
    private const int Threads = Warps * Lanes;
    private const int MostFeatures = 4 * Lanes;

    /// <summary>Query heads that a group works on at a time.</summary>
    private const int HeadsAtOnce = 4;

    /// <summary>Positions of a chunk at least.</summary>
    private const int LeastChunk = 256;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, float, ChunkedCache> step;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, AttentionShape, float, ChunkedCache> combine;
    private readonly DecodeAttentionNaive naive;

    public DecodeAttentionGpu(Device device)
    {
        step = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, float, ChunkedCache>(StepKernel));
        combine = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, AttentionShape, float, ChunkedCache>(CombineKernel));
        naive = new DecodeAttentionNaive(device);
    }

    /// <summary>Positions of a chunk, by the shape alone.</summary>
    internal static int ChunkOf(AttentionShape shape) => Math.Max(LeastChunk, Tiling.Count(2 * (shape.HeadSize + 2), Lanes) * Lanes);

    private protected override void Launch(
        in Tensor<float> output,
        in Tensor<float> keyCache,
        in Tensor<float> valueCache,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape,
        int position)
    {
        if (shape.HeadSize > MostFeatures)
        {
            naive.Step(output, keyCache, valueCache, qkv, scratch, shape, position);
            return;
        }

        int chunk = ChunkOf(shape);
        var cache = new ChunkedCache { Position = position, ChunkLength = chunk, Chunks = Tiling.Count(position + 1L, chunk) };
        int quads = Tiling.Count(shape.GroupSize, HeadsAtOnce);
        step(
            new KernelConfig(checked(shape.Batch * shape.KeyValueHeads * quads * cache.Chunks), Threads),
            cache.Chunks == 1 ? output.View : scratch.View,
            keyCache.View,
            valueCache.View,
            qkv.View,
            shape,
            shape.Scale,
            cache);
        if (cache.Chunks > 1)
            combine(new KernelConfig(shape.Batch * shape.Heads, Threads), output.View, scratch.View, shape, shape.Scale, cache);
    }

    /// <param name="target">With one chunk the output; else the scratch memory: d + 2 numbers a chunk, chunks of one query head side by side.</param>
    /// <param name="keyCache">As in <see cref="DecodeAttention.Step"/>.</param>
    /// <param name="valueCache">As in <see cref="DecodeAttention.Step"/>.</param>
    /// <param name="qkv">As in <see cref="DecodeAttention.Step"/>.</param>
    /// <param name="shape">The extents.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="cache">How far the cache is filled.</param>
    private static void StepKernel(
        ArrayView<float> target,
        ArrayView<float> keyCache,
        ArrayView<float> valueCache,
        ArrayView<float> qkv,
        AttentionShape shape,
        float scale,
        ChunkedCache cache)
    {
        // What each warp leaves: a quad is a number for each query head.
        ArrayView<Float4> warpSums = SharedMemory.Allocate<Float4>(Warps * MostFeatures);
        ArrayView<Float4> warpStatistics = SharedMemory.Allocate<Float4>(2 * Warps);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int quads = (shape.GroupSize + HeadsAtOnce - 1) / HeadsAtOnce;
        int chunk = Grid.IdxX % cache.Chunks;
        int quad = Grid.IdxX / cache.Chunks % quads;
        int keyValueHead = Grid.IdxX / cache.Chunks / quads % shape.KeyValueHeads;
        int sequence = Grid.IdxX / cache.Chunks / quads / shape.KeyValueHeads;
        int size = shape.HeadSize;
        int firstHead = (keyValueHead * shape.GroupSize) + (quad * HeadsAtOnce);
        int heads = XMath.Min(HeadsAtOnce, shape.GroupSize - (quad * HeadsAtOnce));
        int end = XMath.Min((chunk + 1) * cache.ChunkLength, cache.Position + 1);
        long token = (long)sequence * shape.QkvColumns;
        long newKey = token + shape.OutputColumns + (keyValueHead * size);
        long newValue = newKey + shape.KeyValueColumns;
        long cached = ((long)sequence * shape.Length * shape.KeyValueColumns) + (keyValueHead * size);

        // Heads that the group lacks read its first, and are neither summed nor written.
        long query = token + ((long)firstHead * size);
        int second = heads > 1 ? size : 0;
        int third = heads > 2 ? 2 * size : 0;
        int fourth = heads > 3 ? 3 * size : 0;
        RowSums sums = default;
        Float4 largest = Fill(float.NegativeInfinity);
        Float4 weightSums = default;
        for (int first = (chunk * cache.ChunkLength) + (warp * Lanes); first < end; first += Threads)
        {
            Float4 scores = Fill(float.NegativeInfinity);
            int count = XMath.Min(Lanes, end - first);
            for (int other = 0; other < count; other++)
            {
                bool isNew = first + other == cache.Position;
                long key = cached + ((long)(first + other) * shape.KeyValueColumns);
                Float4 products = default;
                for (int feature = lane; feature < size; feature += Lanes)
                {
                    float value = isNew ? qkv[newKey + feature] : keyCache[key + feature];
                    products.X += value * qkv[query + feature];
                    products.Y += value * qkv[query + second + feature];
                    products.Z += value * qkv[query + third + feature];
                    products.W += value * qkv[query + fourth + feature];
                }

                products = Sum(products, heads);
                if (lane == other)
                    scores = products;
            }

            Float4 newLargest = Max(largest, scores, heads);
            Float4 factors = Exponentials(largest, newLargest, scale);
            Float4 exponentials = Exponentials(scores, newLargest, scale);
            largest = newLargest;
            weightSums = Add(Multiply(weightSums, factors), exponentials);
            sums = new RowSums
            {
                R0 = Multiply(sums.R0, factors),
                R1 = Multiply(sums.R1, factors),
                R2 = Multiply(sums.R2, factors),
                R3 = Multiply(sums.R3, factors),
            };
            for (int other = 0; other < count; other++)
            {
                bool isNew = first + other == cache.Position;
                long value = cached + ((long)(first + other) * shape.KeyValueColumns);
                Float4 weight = Broadcast(exponentials, other, heads);
                sums = new RowSums
                {
                    R0 = AddScaled(sums.R0, weight, Value(valueCache, value, qkv, newValue, isNew, lane, size)),
                    R1 = AddScaled(sums.R1, weight, Value(valueCache, value, qkv, newValue, isNew, lane + Lanes, size)),
                    R2 = AddScaled(sums.R2, weight, Value(valueCache, value, qkv, newValue, isNew, lane + (2 * Lanes), size)),
                    R3 = AddScaled(sums.R3, weight, Value(valueCache, value, qkv, newValue, isNew, lane + (3 * Lanes), size)),
                };
            }
        }

        weightSums = Sum(weightSums, heads);
        int warpFeature = (warp * MostFeatures) + lane;
        warpSums[warpFeature] = sums.R0;
        warpSums[warpFeature + Lanes] = sums.R1;
        warpSums[warpFeature + (2 * Lanes)] = sums.R2;
        warpSums[warpFeature + (3 * Lanes)] = sums.R3;
        if (lane == 0)
        {
            warpStatistics[2 * warp] = largest;
            warpStatistics[(2 * warp) + 1] = weightSums;
        }

        Group.Barrier();
        int mine = Group.IdxX;
        if (mine >= size)
            return;
        Float4 sum = warpSums[mine];
        largest = warpStatistics[0];
        weightSums = warpStatistics[1];
        for (int other = 1; other < Warps; other++)
        {
            Float4 otherLargest = warpStatistics[2 * other];
            var newLargest = new Float4
            {
                X = XMath.Max(largest.X, otherLargest.X),
                Y = XMath.Max(largest.Y, otherLargest.Y),
                Z = XMath.Max(largest.Z, otherLargest.Z),
                W = XMath.Max(largest.W, otherLargest.W),
            };
            Float4 factors = Exponentials(largest, newLargest, scale);
            Float4 otherFactors = Exponentials(otherLargest, newLargest, scale);
            largest = newLargest;
            weightSums = Add(Multiply(weightSums, factors), Multiply(warpStatistics[(2 * other) + 1], otherFactors));
            sum = Add(Multiply(sum, factors), Multiply(warpSums[(other * MostFeatures) + mine], otherFactors));
        }

        Leave(target, sequence, firstHead, chunk, shape, cache, sum.X, largest.X, weightSums.X);
        if (heads > 1)
            Leave(target, sequence, firstHead + 1, chunk, shape, cache, sum.Y, largest.Y, weightSums.Y);
        if (heads > 2)
            Leave(target, sequence, firstHead + 2, chunk, shape, cache, sum.Z, largest.Z, weightSums.Z);
        if (heads > 3)
            Leave(target, sequence, firstHead + 3, chunk, shape, cache, sum.W, largest.W, weightSums.W);
        if (quad == 0 && chunk == cache.Chunks - 1)
        {
            long appended = cached + ((long)cache.Position * shape.KeyValueColumns) + mine;
            keyCache[appended] = qkv[newKey + mine];
            valueCache[appended] = qkv[newValue + mine];
        }
    }

    /// <summary>A group a sequence and query head, a thread a feature: the chunks in order.</summary>
    private static void CombineKernel(ArrayView<float> output, ArrayView<float> scratch, AttentionShape shape, float scale, ChunkedCache cache)
    {
        int size = shape.HeadSize;
        int feature = Group.IdxX;
        if (feature >= size)
            return;
        long first = (long)Grid.IdxX * shape.Length;
        float largest = scratch[first + size];
        for (int chunk = 1; chunk < cache.Chunks; chunk++)
            largest = XMath.Max(largest, scratch[first + (chunk * (size + 2)) + size]);
        float sum = 0;
        float weightSum = 0;
        for (int chunk = 0; chunk < cache.Chunks; chunk++)
        {
            long left = first + (chunk * (size + 2));
            float factor = XMath.Exp((scratch[left + size] - largest) * scale);
            sum += factor * scratch[left + feature];
            weightSum += factor * scratch[left + size + 1];
        }

        output[((long)Grid.IdxX * size) + feature] = sum / weightSum;
    }

    /// <summary>One feature of one query head: done where there is one chunk, else for <see cref="CombineKernel"/>.</summary>
    private static void Leave(ArrayView<float> target, int sequence, int head, int chunk, AttentionShape shape, ChunkedCache cache, float sum, float largest, float weightSum)
    {
        int size = shape.HeadSize;
        int feature = Group.IdxX;
        long row = ((long)sequence * shape.Heads) + head;
        if (cache.Chunks == 1)
        {
            target[(row * size) + feature] = sum / weightSum;
            return;
        }

        long left = (row * shape.Length) + (chunk * (size + 2));
        target[left + feature] = sum;
        if (feature == 0)
        {
            target[left + size] = largest;
            target[left + size + 1] = weightSum;
        }
    }

    /// <summary>Zero past the last feature.</summary>
    private static float Value(ArrayView<float> cache, long cached, ArrayView<float> qkv, long newValue, bool isNew, int feature, int size)
    {
        if (feature >= size)
            return 0;
        return isNew ? qkv[newValue + feature] : cache[cached + feature];
    }

    private static float Broadcast(float value, int lane) =>
        Interop.IntAsFloat((uint)WarpLanes.Broadcast((int)Interop.FloatAsInt(value), lane));

    /// <summary>Over all lanes; here and below, of as many numbers as there are query heads.</summary>
    private static Float4 Sum(Float4 values, int heads)
    {
        values.X = WarpLanes.Sum(values.X);
        if (heads > 1)
            values.Y = WarpLanes.Sum(values.Y);
        if (heads > 2)
            values.Z = WarpLanes.Sum(values.Z);
        if (heads > 3)
            values.W = WarpLanes.Sum(values.W);
        return values;
    }

    private static Float4 Max(Float4 largest, Float4 values, int heads)
    {
        largest.X = XMath.Max(largest.X, WarpLanes.Max(values.X));
        if (heads > 1)
            largest.Y = XMath.Max(largest.Y, WarpLanes.Max(values.Y));
        if (heads > 2)
            largest.Z = XMath.Max(largest.Z, WarpLanes.Max(values.Z));
        if (heads > 3)
            largest.W = XMath.Max(largest.W, WarpLanes.Max(values.W));
        return largest;
    }

    private static Float4 Broadcast(Float4 values, int lane, int heads)
    {
        values.X = Broadcast(values.X, lane);
        if (heads > 1)
            values.Y = Broadcast(values.Y, lane);
        if (heads > 2)
            values.Z = Broadcast(values.Z, lane);
        if (heads > 3)
            values.W = Broadcast(values.W, lane);
        return values;
    }

    /// <summary>The difference comes before the factor, so that no rounding of a large score's product is left in the exponent.</summary>
    private static Float4 Exponentials(Float4 scores, Float4 largest, float scale) => new()
    {
        X = XMath.Exp((scores.X - largest.X) * scale),
        Y = XMath.Exp((scores.Y - largest.Y) * scale),
        Z = XMath.Exp((scores.Z - largest.Z) * scale),
        W = XMath.Exp((scores.W - largest.W) * scale),
    };

    private static Float4 Fill(float value) => new() { X = value, Y = value, Z = value, W = value };

    private static Float4 Add(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    private static Float4 Multiply(Float4 a, Float4 b) => new() { X = a.X * b.X, Y = a.Y * b.Y, Z = a.Z * b.Z, W = a.W * b.W };

    private static Float4 AddScaled(Float4 sums, Float4 factors, float value) => new()
    {
        X = sums.X + (factors.X * value),
        Y = sums.Y + (factors.Y * value),
        Z = sums.Z + (factors.Z * value),
        W = sums.W + (factors.W * value),
    };
}

using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A tile is some rows, each in passes over vectors: the least logit that is kept is found by halving the range of numbers, 32
/// passes at most, which a sort would take longer for. Sums are of 256 weights in fp32, and of those in fp64.
/// </summary>
internal sealed unsafe class SamplingCpu<TFloats> : Sampling
    where TFloats : unmanaged, IFloats<TFloats>
{
    private const int Lanes = 16;

    /// <summary>Weights that are summed up in fp32.</summary>
    private const int Block = 256;

    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<float>, ArrayView<float>, SamplingLaunch, int, int> draw;

    public SamplingCpu(Device device) =>
        draw = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<float>, ArrayView<float>, SamplingLaunch, int, int>(DrawKernel));

    private protected override void Launch(in Tensor<int> ids, in Tensor<float> logits, in Tensor<float> weights, SamplingLaunch launch)
    {
        int rowsPerTile = Tiling.RowsPerTile(logits.Columns);
        draw(new KernelConfig(Tiling.Count(logits.Rows, rowsPerTile), 1), ids.View, logits.View, weights.View, launch, logits.Rows, rowsPerTile);
    }

    private static void DrawKernel(ArrayView<int> ids, ArrayView<float> logits, ArrayView<float> weights, SamplingLaunch launch, int rows, int rowsPerTile) =>
        DrawTile(Grid.IdxX, ids, logits, weights, launch, rows, rowsPerTile);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void DrawTile(int tile, ArrayView<int> ids, ArrayView<float> logits, ArrayView<float> weights, SamplingLaunch launch, int rows, int rowsPerTile)
    {
        int last = Math.Min(rows, (tile + 1) * rowsPerTile);
        for (int row = tile * rowsPerTile; row < last; row++)
        {
            long start = (long)row * launch.Vocabulary;
            ids[row] = DrawRow(row, logits.Pointer() + start, weights.Pointer() + start, launch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int DrawRow(int row, float* logits, float* weights, SamplingLaunch launch)
    {
        int count = launch.Vocabulary;
        float largest = Largest(logits, count);
        if (!float.IsFinite(largest))
            return NoId;
        if (launch.Greedy != 0)
            return new ReadOnlySpan<float>(logits, count).IndexOf(largest);
        Weigh(logits, weights, count, largest, launch.InverseTemperature);
        if (launch.TopK < count)
            KeepMostProbable(logits, weights, count, largest, launch.TopK);
        if (launch.TopP < 1)
            KeepNucleus(logits, weights, count, largest, launch.TopP);
        return Pick(weights, count, launch.Uniform(row));
    }

    /// <summary>NaN where one is NaN.</summary>
    private static float Largest(float* logits, int count)
    {
        TFloats largests = TFloats.Create(float.NegativeInfinity);
        bool numbers = true;
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
            Raise(ref largests, ref numbers, TFloats.Load(logits + i));
        if (i < count)
            Raise(ref largests, ref numbers, VectorTail.Load<TFloats>(logits + i, count - i, float.NegativeInfinity));
        return numbers ? TFloats.Largest(largests) : float.NaN;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Raise(ref TFloats largests, ref bool numbers, TFloats logits)
    {
        largests = TFloats.Max(largests, logits);
        numbers &= TFloats.AllEqual(logits, logits);
    }

    private static void Weigh(float* logits, float* weights, int count, float largest, float inverseTemperature)
    {
        TFloats largests = TFloats.Create(largest);
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
            TFloats.Store(VectorMath.Exp((TFloats.Load(logits + i) - largests) * inverseTemperature), weights + i);
        if (i < count)
            VectorTail.Store(VectorMath.Exp((VectorTail.Load<TFloats>(logits + i, count - i, largest) - largests) * inverseTemperature), weights + i, count - i);
    }

    private static void KeepMostProbable(float* logits, float* weights, int count, float largest, int topK)
    {
        uint low = SamplingLaunch.LowestKey;
        uint high = SamplingLaunch.KeyOf(largest) + 1;
        while (high - low > 1)
        {
            uint middle = low + ((high - low) / 2);
            if (CountFrom(logits, count, SamplingLaunch.NumberOf(middle)) >= topK)
                low = middle;
            else
                high = middle;
        }

        float least = SamplingLaunch.NumberOf(low);
        int equal = topK;
        for (int id = 0; id < count; id++)
            equal -= logits[id] > least ? 1 : 0;
        Cut(logits, weights, count, least, equal);
    }

    private static void KeepNucleus(float* logits, float* weights, int count, float largest, float topP)
    {
        double wanted = topP * SumFrom(logits, weights, count, float.NegativeInfinity);
        uint low = SamplingLaunch.LowestKey;
        uint high = SamplingLaunch.KeyOf(largest) + 1;
        while (high - low > 1)
        {
            uint middle = low + ((high - low) / 2);
            if (SumFrom(logits, weights, count, SamplingLaunch.NumberOf(middle)) >= wanted)
                low = middle;
            else
                high = middle;
        }

        float least = SamplingLaunch.NumberOf(low);
        double above = 0;
        float weight = 0;
        int equal = 0;
        for (int id = 0; id < count; id++)
        {
            if (logits[id] > least)
                above += weights[id];
            if (logits[id] != least || weights[id] == 0)
                continue;
            weight = weights[id];
            equal++;
        }

        Cut(logits, weights, count, least, SamplingCut.EqualsNeeded(wanted - above, weight, equal));
    }

    /// <summary>Leaves out what lies below the least logit, and of those that equal it all but the first.</summary>
    private static void Cut(float* logits, float* weights, int count, float least, int equal)
    {
        for (int id = 0; id < count; id++)
        {
            if (logits[id] > least || (logits[id] == least && --equal >= 0))
                continue;
            weights[id] = 0;
        }
    }

    /// <summary>A lane counts fewer than 2^24, which fp32 does exactly.</summary>
    private static int CountFrom(float* logits, int count, float least)
    {
        TFloats leasts = TFloats.Create(least);
        TFloats ones = TFloats.Create(1);
        TFloats counts = TFloats.Zero;
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
            counts += TFloats.WhereAtLeast(TFloats.Load(logits + i), leasts, ones, TFloats.Zero);
        if (i < count)
            counts += TFloats.WhereAtLeast(VectorTail.Load<TFloats>(logits + i, count - i, float.NaN), leasts, ones, TFloats.Zero);
        return (int)TFloats.Sum(counts);
    }

    /// <summary>Of the weights whose logits are at least a number.</summary>
    private static double SumFrom(float* logits, float* weights, int count, float least)
    {
        TFloats leasts = TFloats.Create(least);
        double sum = 0;
        for (int first = 0; first < count; first += Block)
        {
            TFloats sums = TFloats.Zero;
            int end = Math.Min(count, first + Block);
            int i = first;
            for (; i <= end - Lanes; i += Lanes)
                sums += TFloats.WhereAtLeast(TFloats.Load(logits + i), leasts, TFloats.Load(weights + i), TFloats.Zero);
            if (i < end)
                sums += TFloats.WhereAtLeast(VectorTail.Load<TFloats>(logits + i, end - i, float.NaN), leasts, VectorTail.Load<TFloats>(weights + i, end - i, 0), TFloats.Zero);
            sum += TFloats.Sum(sums);
        }

        return sum;
    }

    private static int Pick(float* weights, int count, double uniform)
    {
        double total = 0;
        for (int first = 0; first < count; first += Block)
            total += SumOf(weights, first, count);
        double target = uniform * total;
        double before = 0;
        double running = 0;
        int chosen = 0;
        for (int first = 0; first < count && !(running > target); first += Block)
        {
            double sum = SumOf(weights, first, count);
            // The last one that has any weight is taken in any case: sums are rounded.
            if (sum == 0)
                continue;
            chosen = first;
            before = running;
            running += sum;
        }

        int drawn = NoId;
        int end = Math.Min(count, chosen + Block);
        for (int id = chosen; id < end && !(before > target); id++)
        {
            if (weights[id] == 0)
                continue;
            drawn = id;
            before += weights[id];
        }

        return drawn;
    }

    private static double SumOf(float* weights, int first, int count)
    {
        TFloats sums = TFloats.Zero;
        int end = Math.Min(count, first + Block);
        int i = first;
        for (; i <= end - Lanes; i += Lanes)
            sums += TFloats.Load(weights + i);
        if (i < end)
            sums += VectorTail.Load<TFloats>(weights + i, end - i, 0);
        return TFloats.Sum(sums);
    }
}

using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A group a row. The least logit that is kept is found by halving the range of numbers, and the last id of those that equal
/// it by halving the range of ids: each is a pass over the row with one sum over the group. To draw, each thread adds up a
/// segment of the row, and the first one goes through the segments' sums, then through the one that it ends in.
/// </summary>
/// <remarks>
/// 12 bytes moved an element, and 4 or 8 from cache in each of up to 32 passes for top-k and as many for top-p; a row of
/// 50257 takes 200 kB, so that all passes but the first stay in the L2 cache.
/// </remarks>
internal sealed class SamplingGpu : Sampling
{
    private const int Threads = RowQuads.MostThreads;

    /// <summary>
    /// Of a range of 32-bit numbers; those that come after its end change nothing. A loop that ended there would branch on what
    /// a group summed up, which only the group's threads know to be the same in all of them.
    /// </summary>
    private const int Halvings = 32;

    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<float>, ArrayView<float>, SamplingLaunch> draw;

    public SamplingGpu(Device device) =>
        draw = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<float>, ArrayView<float>, SamplingLaunch>(DrawKernel));

    private protected override void Launch(in Tensor<int> ids, in Tensor<float> logits, in Tensor<float> weights, SamplingLaunch launch) =>
        draw(new KernelConfig(logits.Rows, Threads), ids.View, logits.View, weights.View, launch);

    private static void DrawKernel(ArrayView<int> ids, ArrayView<float> logits, ArrayView<float> weights, SamplingLaunch launch)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(GroupReduce.Scratch);
        ArrayView<double> segments = SharedMemory.Allocate<double>(Threads);
        int row = Grid.IdxX;
        int vocabulary = launch.Vocabulary;
        long start = (long)row * vocabulary;
        float largest = float.NegativeInfinity;
        float strange = 0;
        for (int id = Group.IdxX; id < vocabulary; id += Group.DimX)
        {
            float logit = logits[start + id];
            if (logit < float.PositiveInfinity)
                largest = XMath.Max(largest, logit);
            else
                strange = 1;
        }

        largest = GroupReduce.Max(largest, scratch);
        strange = GroupReduce.Max(strange, scratch);
        strange = largest > float.NegativeInfinity ? strange : 1;
        if (launch.Greedy != 0)
        {
            int first = LastEqual(logits, start, largest, 1, vocabulary, scratch);
            if (Group.IdxX == 0)
                ids[row] = strange > 0 ? NoId : first;
            return;
        }

        for (int id = Group.IdxX; id < vocabulary; id += Group.DimX)
            weights[start + id] = XMath.Exp((logits[start + id] - largest) * launch.InverseTemperature);
        SamplingCut cut = SamplingCut.None;
        if (launch.TopK < vocabulary)
            cut = MostProbable(logits, start, largest, launch, scratch);
        if (launch.TopP < 1)
            cut = Nucleus(logits, weights, start, largest, cut, launch, scratch);

        // From here on threads read what others wrote.
        Group.Barrier();
        int length = (vocabulary + Group.DimX - 1) / Group.DimX;
        double sum = 0;
        int end = XMath.Min(vocabulary, (Group.IdxX + 1) * length);
        for (int id = Group.IdxX * length; id < end; id++)
        {
            if (cut.Keeps(logits[start + id], id))
                sum += weights[start + id];
        }

        segments[Group.IdxX] = sum;
        Group.Barrier();
        int zero = Group.IdxX;
        if (zero != 0)
            return;

        // ILGPU does not follow that the index is zero now, and so takes no branch from here on for uniform.
        double total = 0;
        for (int segment = zero; segment < Group.DimX; segment++)
            total += segments[segment];
        double target = launch.Uniform(row) * total;
        double before = 0;
        double running = 0;
        int chosen = zero;
        for (int segment = zero; segment < Group.DimX && !(running > target); segment++)
        {
            // The last one that has any weight is taken in any case: sums are rounded.
            if (segments[segment] > 0)
            {
                chosen = segment;
                before = running;
                running += segments[segment];
            }
        }

        int drawn = NoId;
        end = XMath.Min(vocabulary, (chosen + 1) * length);
        for (int id = chosen * length; id < end && !(before > target); id++)
        {
            if (weights[start + id] > 0 && cut.Keeps(logits[start + id], id))
            {
                drawn = id;
                before += weights[start + id];
            }
        }

        ids[row] = strange > 0 ? NoId : drawn;
    }

    private static SamplingCut MostProbable(ArrayView<float> logits, long start, float largest, SamplingLaunch launch, ArrayView<float> scratch)
    {
        uint low = SamplingLaunch.LowestKey;
        uint high = SamplingLaunch.KeyOf(largest) + 1;
        for (int halving = 0; halving < Halvings; halving++)
        {
            uint middle = low + ((high - low) / 2);
            float least = SamplingLaunch.NumberOf(middle);
            float count = 0;
            for (int id = Group.IdxX; id < launch.Vocabulary; id += Group.DimX)
                count += logits[start + id] >= least ? 1 : 0;
            bool reaches = GroupReduce.Sum(count, scratch) >= launch.TopK;
            low = reaches ? middle : low;
            high = reaches ? high : middle;
        }

        float number = SamplingLaunch.NumberOf(low);
        float above = 0;
        for (int id = Group.IdxX; id < launch.Vocabulary; id += Group.DimX)
            above += logits[start + id] > number ? 1 : 0;
        int equal = launch.TopK - (int)GroupReduce.Sum(above, scratch);
        return new SamplingCut { Least = number, LastEqual = LastEqual(logits, start, number, equal, launch.Vocabulary, scratch) };
    }

    private static SamplingCut Nucleus(ArrayView<float> logits, ArrayView<float> weights, long start, float largest, SamplingCut cut, SamplingLaunch launch, ArrayView<float> scratch)
    {
        float wanted = launch.TopP * SumFrom(logits, weights, start, cut, float.NegativeInfinity, launch.Vocabulary, scratch);
        uint low = SamplingLaunch.LowestKey;
        uint high = SamplingLaunch.KeyOf(largest) + 1;
        for (int halving = 0; halving < Halvings; halving++)
        {
            uint middle = low + ((high - low) / 2);
            bool reaches = SumFrom(logits, weights, start, cut, SamplingLaunch.NumberOf(middle), launch.Vocabulary, scratch) >= wanted;
            low = reaches ? middle : low;
            high = reaches ? high : middle;
        }

        float number = SamplingLaunch.NumberOf(low);
        float above = 0;
        float weight = 0;
        float equal = 0;
        for (int id = Group.IdxX; id < launch.Vocabulary; id += Group.DimX)
        {
            float logit = logits[start + id];
            if (logit > number)
                above += weights[start + id];
            if (logit == number && cut.Keeps(logit, id))
            {
                weight = weights[start + id];
                equal += 1;
            }
        }

        above = GroupReduce.Sum(above, scratch);
        weight = GroupReduce.Max(weight, scratch);
        int there = (int)GroupReduce.Sum(equal, scratch);
        int needed = SamplingCut.EqualsNeeded(wanted - above, weight, there);
        return new SamplingCut { Least = number, LastEqual = LastEqual(logits, start, number, needed, launch.Vocabulary, scratch) };
    }

    /// <summary>Of the kept weights whose logits are at least a number.</summary>
    private static float SumFrom(ArrayView<float> logits, ArrayView<float> weights, long start, SamplingCut cut, float least, int vocabulary, ArrayView<float> scratch)
    {
        float sum = 0;
        for (int id = Group.IdxX; id < vocabulary; id += Group.DimX)
        {
            float logit = logits[start + id];
            if (logit >= least && cut.Keeps(logit, id))
                sum += weights[start + id];
        }

        return GroupReduce.Sum(sum, scratch);
    }

    /// <summary>The id of the count-th logit that equals a number.</summary>
    private static int LastEqual(ArrayView<float> logits, long start, float number, int count, int vocabulary, ArrayView<float> scratch)
    {
        int low = -1;
        int high = vocabulary - 1;
        for (int halving = 0; halving < Halvings; halving++)
        {
            int middle = low + ((high - low) / 2);
            float equal = 0;
            for (int id = Group.IdxX; id <= middle; id += Group.DimX)
                equal += logits[start + id] == number ? 1 : 0;
            bool reaches = GroupReduce.Sum(equal, scratch) >= count;
            high = reaches ? middle : high;
            low = reaches ? low : middle;
        }

        return high;
    }
}

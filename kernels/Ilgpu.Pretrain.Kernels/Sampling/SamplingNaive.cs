using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row; sums in double precision.</summary>
internal sealed class SamplingNaive : Sampling
{
    private readonly Action<Index1D, ArrayView<int>, ArrayView<float>, ArrayView<float>, SamplingLaunch> draw;

    public SamplingNaive(Device device) =>
        draw = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<float>, ArrayView<float>, SamplingLaunch>(DrawRow));

    private protected override void Launch(in Tensor<int> ids, in Tensor<float> logits, in Tensor<float> weights, SamplingLaunch launch) =>
        draw(logits.Rows, ids.View, logits.View, weights.View, launch);

    private static void DrawRow(Index1D row, ArrayView<int> ids, ArrayView<float> logits, ArrayView<float> weights, SamplingLaunch launch)
    {
        long start = row * (long)launch.Vocabulary;
        float largest = float.NegativeInfinity;
        int first = NoId;
        bool isNumber = true;
        for (int id = 0; id < launch.Vocabulary; id++)
        {
            float logit = logits[start + id];
            isNumber &= logit < float.PositiveInfinity;
            if (logit > largest)
            {
                largest = logit;
                first = id;
            }
        }

        if (!isNumber || first == NoId || launch.Greedy != 0)
        {
            ids[row] = isNumber ? first : NoId;
            return;
        }

        for (int id = 0; id < launch.Vocabulary; id++)
            weights[start + id] = XMath.Exp((logits[start + id] - largest) * launch.InverseTemperature);
        SamplingCut cut = SamplingCut.None;
        if (launch.TopK < launch.Vocabulary)
            cut = MostProbable(logits, start, largest, launch);
        if (launch.TopP < 1)
            cut = Nucleus(logits, weights, start, largest, cut, launch);
        ids[row] = Pick(logits, weights, start, cut, launch.Vocabulary, launch.Uniform(row));
    }

    private static SamplingCut MostProbable(ArrayView<float> logits, long start, float largest, SamplingLaunch launch)
    {
        uint low = SamplingLaunch.LowestKey;
        uint high = SamplingLaunch.KeyOf(largest) + 1;
        while (high - low > 1)
        {
            uint middle = low + ((high - low) / 2);
            float least = SamplingLaunch.NumberOf(middle);
            int count = 0;
            for (int id = 0; id < launch.Vocabulary; id++)
                count += logits[start + id] >= least ? 1 : 0;
            if (count >= launch.TopK)
                low = middle;
            else
                high = middle;
        }

        float number = SamplingLaunch.NumberOf(low);
        int left = launch.TopK;
        for (int id = 0; id < launch.Vocabulary; id++)
            left -= logits[start + id] > number ? 1 : 0;
        return new SamplingCut { Least = number, LastEqual = LastEqual(logits, start, number, left, launch.Vocabulary) };
    }

    private static SamplingCut Nucleus(ArrayView<float> logits, ArrayView<float> weights, long start, float largest, SamplingCut cut, SamplingLaunch launch)
    {
        double wanted = launch.TopP * SumFrom(logits, weights, start, cut, float.NegativeInfinity, launch.Vocabulary);
        uint low = SamplingLaunch.LowestKey;
        uint high = SamplingLaunch.KeyOf(largest) + 1;
        while (high - low > 1)
        {
            uint middle = low + ((high - low) / 2);
            if (SumFrom(logits, weights, start, cut, SamplingLaunch.NumberOf(middle), launch.Vocabulary) >= wanted)
                low = middle;
            else
                high = middle;
        }

        float number = SamplingLaunch.NumberOf(low);
        double above = 0;
        float weight = 0;
        int equal = 0;
        for (int id = 0; id < launch.Vocabulary; id++)
        {
            float logit = logits[start + id];
            if (logit > number)
                above += weights[start + id];
            if (logit != number || !cut.Keeps(logit, id))
                continue;
            weight = weights[start + id];
            equal++;
        }

        int needed = SamplingCut.EqualsNeeded(wanted - above, weight, equal);
        return new SamplingCut { Least = number, LastEqual = LastEqual(logits, start, number, needed, launch.Vocabulary) };
    }

    private static int Pick(ArrayView<float> logits, ArrayView<float> weights, long start, SamplingCut cut, int vocabulary, double uniform)
    {
        double target = uniform * SumFrom(logits, weights, start, cut, float.NegativeInfinity, vocabulary);
        double sum = 0;
        int last = NoId;
        for (int id = 0; id < vocabulary && !(sum > target); id++)
        {
            if (weights[start + id] == 0 || !cut.Keeps(logits[start + id], id))
                continue;
            last = id;
            sum += weights[start + id];
        }

        return last;
    }

    /// <summary>Of the kept weights whose logits are at least a number.</summary>
    private static double SumFrom(ArrayView<float> logits, ArrayView<float> weights, long start, SamplingCut cut, float least, int vocabulary)
    {
        double sum = 0;
        for (int id = 0; id < vocabulary; id++)
        {
            float logit = logits[start + id];
            if (logit >= least && cut.Keeps(logit, id))
                sum += weights[start + id];
        }

        return sum;
    }

    /// <summary>The id of the count-th logit that equals a number.</summary>
    private static int LastEqual(ArrayView<float> logits, long start, float number, int count, int vocabulary)
    {
        int id = 0;
        for (; id < vocabulary; id++)
        {
            count -= logits[start + id] == number ? 1 : 0;
            if (count == 0)
                break;
        }

        return id;
    }
}

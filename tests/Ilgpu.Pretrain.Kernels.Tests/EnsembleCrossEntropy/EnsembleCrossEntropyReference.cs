namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The cross-entropy of an ensemble in fp64, written from the formulas; all members at once.</summary>
internal static class EnsembleCrossEntropyReference
{
    /// <param name="members">The members' logits, rows x vocabulary each.</param>
    /// <param name="targets">One a row; -1 has loss 0.</param>
    public static (double[] LogitAverage, double[] ProbabilityAverage) Losses(double[][] members, int[] targets)
    {
        double[] mean = [.. members[0].Select((_, i) => members.Average(member => member[i]))];
        double[][] losses = [.. members.Select(member => MemberLosses(member, targets))];
        var probabilityAverage = new double[targets.Length];
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] >= 0)
                probabilityAverage[row] = Math.Log(members.Length) - LogSumExp([.. losses.Select(loss => -loss[row])]);
        }

        return (MemberLosses(mean, targets), probabilityAverage);
    }

    public static double[] MemberLosses(double[] logits, int[] targets)
    {
        int vocabulary = logits.Length / targets.Length;
        var losses = new double[targets.Length];
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] >= 0)
                losses[row] = LogSumExp(logits.AsSpan(row * vocabulary, vocabulary)) - logits[(row * vocabulary) + targets[row]];
        }

        return losses;
    }

    public static double LogSumExp(ReadOnlySpan<double> values)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in values)
            largest = Math.Max(largest, value);
        double sum = 0;
        foreach (double value in values)
            sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }
}

public sealed class EnsembleCrossEntropyReferenceTests
{
    /// <summary>Two members sure of opposite words by the same odds of 3: 1/4 and 3/4 average to 1/2, their logits to a tie.</summary>
    [Fact]
    public void The_reference_gives_what_two_opposite_members_have_in_closed_form()
    {
        double odds = Math.Log(3);
        (double[] logitAverage, double[] probabilityAverage) = EnsembleCrossEntropyReference.Losses([[0, odds], [0, -odds]], [0]);
        Assert.Equal(Math.Log(2), logitAverage[0], 1e-15);
        Assert.Equal(Math.Log(2), probabilityAverage[0], 1e-15);
    }

    [Fact]
    public void A_single_member_has_the_losses_of_the_plain_reference()
    {
        double[] logits = new Inputs(61).Normal(4 * 7).ToDoubles();
        int[] targets = [3, -1, 0, 6];
        double[] plain = CrossEntropyReference.Losses(logits, targets);
        (double[] logitAverage, double[] probabilityAverage) = EnsembleCrossEntropyReference.Losses([logits], targets);
        for (int row = 0; row < targets.Length; row++)
        {
            Assert.Equal(plain[row], logitAverage[row], 1e-14);
            Assert.Equal(plain[row], probabilityAverage[row], 1e-14);
        }
    }
}

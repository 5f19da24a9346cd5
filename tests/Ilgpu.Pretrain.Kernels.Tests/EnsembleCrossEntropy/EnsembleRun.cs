namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What the op has given after each member, and the sums that it leaves.</summary>
internal sealed record EnsembleRun(float[][] Member, float[][] LogitAverage, float[][] ProbabilityAverage, float[] LogitSum, float[] LogProbabilitySum)
{
    /// <summary>Takes in all members, chunk by chunk of tokens; whatever the op writes is poisoned before.</summary>
    public static EnsembleRun Of(Device device, Rung rung, float[][] members, int[] targets, int? chunk = null)
    {
        int rows = targets.Length;
        int vocabulary = members[0].Length / rows;
        using var memory = new TestMemory(device);
        Tensor<float> logitSum = memory.Poisoned(rows, vocabulary);
        Tensor<float> logProbabilitySum = memory.Poisoned(1, rows);
        Tensor<int> allTargets = memory.Input(targets, 1, rows);
        var op = EnsembleCrossEntropy.Create(device, rung);
        var losses = new List<float[][]>();
        for (int member = 1; member <= members.Length; member++)
        {
            Tensor<float> logits = memory.Input(members[member - 1], rows, vocabulary);
            Tensor<float>[] outputs = [memory.Poisoned(1, rows), memory.Poisoned(1, rows), memory.Poisoned(1, rows)];
            for (int first = 0; first < rows; first += chunk ?? rows)
            {
                int count = Math.Min(chunk ?? rows, rows - first);
                Tensor<T> Part<T>(Tensor<T> tensor)
                    where T : unmanaged => new(tensor.View.SubView(first, count), 1, count);
                op.Accumulate(
                    Part(outputs[0]),
                    Part(outputs[1]),
                    Part(outputs[2]),
                    logitSum.RowRange(first, count),
                    Part(logProbabilitySum),
                    logits.RowRange(first, count),
                    Part(allTargets),
                    member);
            }

            losses.Add([.. outputs.Select(output => output.ToArray())]);
        }

        return new EnsembleRun(
            [.. losses.Select(loss => loss[0])],
            [.. losses.Select(loss => loss[1])],
            [.. losses.Select(loss => loss[2])],
            logitSum.ToArray(),
            logProbabilitySum.ToArray());
    }

    /// <summary>Equality to the last bit of all that is written, of rows <paramref name="first"/> on of this run.</summary>
    public void AssertEqual(EnsembleRun other, string what, int first = 0)
    {
        for (int member = 0; member < Member.Length; member++)
        {
            Bits.AssertEqual(Member[member].AsSpan(first), other.Member[member], $"losses of member {member + 1}, {what}");
            Bits.AssertEqual(LogitAverage[member].AsSpan(first), other.LogitAverage[member], $"logit average of {member + 1}, {what}");
            Bits.AssertEqual(ProbabilityAverage[member].AsSpan(first), other.ProbabilityAverage[member], $"probability average of {member + 1}, {what}");
        }

        Bits.AssertEqual(LogitSum.AsSpan(LogitSum.Length / Member[0].Length * first), other.LogitSum, $"sum of logits, {what}");
        Bits.AssertEqual(LogProbabilitySum.AsSpan(first), other.LogProbabilitySum, $"sum of probabilities, {what}");
    }
}

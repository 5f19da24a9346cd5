namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What the op has given.</summary>
internal sealed record LogitMixtureRun(float[] Losses, float[] Gradients, float[] Curvatures)
{
    /// <summary>Evaluates rows; whatever the op writes is poisoned before.</summary>
    public static LogitMixtureRun Of(Device device, Rung rung, float[][] members, float[] weights, int[] targets)
    {
        int rows = targets.Length;
        int vocabulary = members[0].Length / rows;
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, rows);
        Tensor<float> gradients = memory.Poisoned(rows, members.Length);
        Tensor<float> curvatures = memory.Poisoned(rows, LogitMixture.Pairs(members.Length));
        LogitMixture.Create(device, rung).Evaluate(
            losses,
            gradients,
            curvatures,
            memory.Poisoned(rows, vocabulary),
            memory.Input([.. members.SelectMany(member => member)], members.Length * rows, vocabulary),
            memory.Input(weights, 1, weights.Length),
            memory.Input(targets, 1, rows));
        return new LogitMixtureRun(losses.ToArray(), gradients.ToArray(), curvatures.ToArray());
    }

    /// <summary>Equality to the last bit, of rows <paramref name="first"/> on of this run.</summary>
    public void AssertEqual(LogitMixtureRun other, string what, int first = 0)
    {
        Bits.AssertEqual(Losses.AsSpan(first), other.Losses, $"losses, {what}");
        Bits.AssertEqual(Gradients.AsSpan(Gradients.Length / Losses.Length * first), other.Gradients, $"gradients, {what}");
        Bits.AssertEqual(Curvatures.AsSpan(Curvatures.Length / Losses.Length * first), other.Curvatures, $"curvatures, {what}");
    }
}

using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Sums of the loss of weighted logits and of its derivatives over some tokens, in double precision, in their order.</summary>
/// <param name="members">How many.</param>
/// <param name="first">The first token that counts.</param>
/// <param name="end">The one after the last.</param>
internal sealed class MixtureSums(int members, long first, long end)
{
    private readonly double[] gradient = new double[members];
    private readonly double[] curvature = new double[LogitMixture.Pairs(members)];
    private double loss;

    /// <summary>Takes in those of a batch's tokens that count.</summary>
    /// <param name="start">The batch's first token.</param>
    /// <param name="batch">Has worked it out.</param>
    public void Add(long start, MixtureHead batch)
    {
        int from = (int)Math.Clamp(first - start, 0, batch.Losses.Length);
        int to = (int)Math.Clamp(end - start, 0, batch.Losses.Length);
        for (int token = from; token < to; token++)
        {
            loss += batch.Losses[token];
            AddTo(gradient, batch.Gradients, token);
            AddTo(curvature, batch.Curvatures, token);
        }
    }

    public QuadraticModel Mean()
    {
        double tokens = end - first;
        var hessian = new double[members, members];
        for (int m = 0, pair = 0; m < members; m++)
        {
            for (int l = 0; l <= m; l++, pair++)
                hessian[m, l] = hessian[l, m] = curvature[pair] / tokens;
        }

        return new QuadraticModel(loss / tokens, [.. gradient.Select(sum => sum / tokens)], hessian);
    }

    private static void AddTo(double[] sums, float[] rows, int token)
    {
        ReadOnlySpan<float> row = rows.AsSpan(token * sums.Length, sums.Length);
        for (int i = 0; i < row.Length; i++)
            sums[i] += row[i];
    }
}

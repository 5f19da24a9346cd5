namespace Ilgpu.Pretrain.Ensembling;

/// <summary>The loss of every member at every token: all that an average of probabilities is made of.</summary>
internal sealed class MemberLosses(int members, long tokens)
{
    private readonly float[][] losses = [.. Enumerable.Range(0, members).Select(_ => new float[tokens])];

    /// <param name="start">A batch's first token.</param>
    /// <param name="batch">Has worked it out.</param>
    public void Take(long start, MixtureHead batch)
    {
        int count = (int)Math.Min(batch.Losses.Length, tokens - start);
        for (int member = 0; member < members; member++)
            batch.MemberLosses[member].AsSpan(0, count).CopyTo(losses[member].AsSpan((int)start, count));
    }

    /// <summary>
    /// The mean over some tokens of <c>-log(w_1 p_1 + ... + w_n p_n)</c>, with its derivatives: with r_m = p_m over that sum,
    /// the means of -r_m and of r_m r_l. Infinite where the weights leave a token no probability.
    /// </summary>
    public QuadraticModel Mixture(double[] weights, long first, long end)
    {
        double loss = 0;
        var gradient = new double[members];
        var hessian = new double[members, members];
        Span<double> ratios = members <= 64 ? stackalloc double[members] : new double[members];
        for (long token = first; token < end; token++)
        {
            // Relative to the best member's, which does not underflow.
            float least = float.PositiveInfinity;
            foreach (float[] member in losses)
                least = Math.Min(least, member[token]);
            double sum = 0;
            for (int m = 0; m < members; m++)
            {
                ratios[m] = Math.Exp(least - (double)losses[m][token]);
                sum += weights[m] * ratios[m];
            }

            loss += least - Math.Log(sum);
            for (int m = 0; m < members; m++)
            {
                ratios[m] /= sum;
                gradient[m] -= ratios[m];
                for (int l = 0; l <= m; l++)
                    hessian[m, l] += ratios[m] * ratios[l];
            }
        }

        double count = end - first;
        for (int m = 0; m < members; m++)
        {
            gradient[m] /= count;
            for (int l = 0; l <= m; l++)
                hessian[m, l] = hessian[l, m] = hessian[m, l] / count;
        }

        return new QuadraticModel(loss / count, gradient, hessian);
    }
}

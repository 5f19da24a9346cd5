using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Sums of losses in double precision, in the order of the tokens: as an evaluation of one model sums them.</summary>
internal sealed class EnsembleLossSums(int members, int tokens, int orders = 1)
{
    private readonly double[] member = new double[members];
    private readonly double[][] logitAverage = PerOrder(members, orders);
    private readonly double[][] probabilityAverage = PerOrder(members, orders);
    private readonly float[] losses = new float[tokens];

    public void AddMember(int index, in Tensor<float> of) => Add(ref member[index], of);

    public void AddLogitAverage(int order, int index, in Tensor<float> of) => Add(ref logitAverage[order][index], of);

    public void AddProbabilityAverage(int order, int index, in Tensor<float> of) => Add(ref probabilityAverage[order][index], of);

    public EnsembleScores Scores(long predicted, long textBytes, MemberResidency residency, double seconds) => new(
        [.. member.Select(sum => sum / predicted)],
        [.. logitAverage[0].Select(sum => sum / predicted)],
        [.. probabilityAverage[0].Select(sum => sum / predicted)],
        predicted,
        textBytes,
        residency,
        seconds)
    {
        Orders = logitAverage.Length == 1 ? null : new EnsembleOrderMeans(logitAverage.Length, Means(logitAverage, predicted), Means(probabilityAverage, predicted)),
    };

    private static double[][] PerOrder(int members, int orders) => [.. Enumerable.Range(0, orders).Select(_ => new double[members])];

    private static double[] Means(double[][] sums, long predicted) =>
        [.. sums[0].Select((_, k) => sums.Sum(order => order[k] / predicted) / sums.Length)];

    private void Add(ref double sum, in Tensor<float> of)
    {
        Span<float> some = losses.AsSpan(0, of.Columns);
        of.CopyTo(some);
        foreach (float loss in some)
            sum += loss;
    }
}

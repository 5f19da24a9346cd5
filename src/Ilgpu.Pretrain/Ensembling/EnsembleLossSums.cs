using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Sums of losses in double precision, in the order of the tokens: as an evaluation of one model sums them.</summary>
internal sealed class EnsembleLossSums(int members, int tokens)
{
    private readonly double[] member = new double[members];
    private readonly double[] logitAverage = new double[members];
    private readonly double[] probabilityAverage = new double[members];
    private readonly float[] losses = new float[tokens];

    public void AddMember(int index, in Tensor<float> of) => Add(ref member[index], of);

    public void AddLogitAverage(int index, in Tensor<float> of) => Add(ref logitAverage[index], of);

    public void AddProbabilityAverage(int index, in Tensor<float> of) => Add(ref probabilityAverage[index], of);

    public EnsembleScores Scores(long predicted, long textBytes, MemberResidency residency, double seconds) => new(
        [.. member.Select(sum => sum / predicted)],
        [.. logitAverage.Select(sum => sum / predicted)],
        [.. probabilityAverage.Select(sum => sum / predicted)],
        predicted,
        textBytes,
        residency,
        seconds);

    private void Add(ref double sum, in Tensor<float> of)
    {
        Span<float> some = losses.AsSpan(0, of.Columns);
        of.CopyTo(some);
        foreach (float loss in some)
            sum += loss;
    }
}

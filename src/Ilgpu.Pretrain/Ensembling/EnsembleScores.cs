using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Losses of an ensemble on held-out text, in nats a token; of each list entry k - 1 is that of K = k members.</summary>
/// <param name="Members">Each member by itself.</param>
/// <param name="LogitAverage">The mean of the first K members' logits.</param>
/// <param name="ProbabilityAverage">The mean of the first K members' probabilities.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="TextBytes">UTF-8 bytes of text that those stand for.</param>
/// <param name="Residency">How the members were held.</param>
/// <param name="Seconds">What it took.</param>
public sealed record EnsembleScores(
    IReadOnlyList<double> Members,
    IReadOnlyList<double> LogitAverage,
    IReadOnlyList<double> ProbabilityAverage,
    long Tokens,
    long TextBytes,
    MemberResidency Residency,
    double Seconds)
{
    /// <summary>Means over several orders of the members; null where the given one alone was measured.</summary>
    public EnsembleOrderMeans? Orders { get; init; }

    /// <summary>Whether there is a loss of each kind for every member, of one at least.</summary>
    [JsonIgnore]
    public bool IsWhole =>
        Members.Count > 0 && LogitAverage.Count == Members.Count && ProbabilityAverage.Count == Members.Count
        && (Orders is null || (Orders.LogitAverage.Count == Members.Count && Orders.ProbabilityAverage.Count == Members.Count));

    /// <summary>What the law of K is fitted to: the means over orders where there are such.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> LogitCurve => Orders?.LogitAverage ?? LogitAverage;

    /// <summary>The same for averaged probabilities.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> ProbabilityCurve => Orders?.ProbabilityAverage ?? ProbabilityAverage;

    /// <summary>A loss in nats a token as bits a byte of text.</summary>
    public double BitsPerByte(double loss) => loss * Tokens / (Math.Log(2) * TextBytes);
}

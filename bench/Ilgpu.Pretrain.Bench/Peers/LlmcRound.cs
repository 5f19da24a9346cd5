namespace Ilgpu.Pretrain.Bench;

/// <summary>Steps of a trainer, one after the other.</summary>
/// <param name="Steps">The first is not timed.</param>
/// <param name="TakenByOthers">The share of the machine's cores that other programs had meanwhile; NaN where that is not told.</param>
internal sealed record LlmcRound(IReadOnlyList<LlmcStep> Steps, double TakenByOthers)
{
    /// <summary>A trainer's first step touches its memory for the first time.</summary>
    public const int WarmUpSteps = 1;

    private double[] Seconds => [.. Steps.Skip(WarmUpSteps).Select(step => step.Seconds).Order()];

    public double Fastest => Seconds[0];

    public double Median => Seconds[Seconds.Length / 2];

    public double Slowest => Seconds[^1];

    public double FirstLoss => Steps[0].Loss;

    public double LastLoss => Steps[^1].Loss;

    public static LlmcRound Quietest(IEnumerable<LlmcRound> rounds) => rounds.MinBy(round => round.TakenByOthers)!;
}

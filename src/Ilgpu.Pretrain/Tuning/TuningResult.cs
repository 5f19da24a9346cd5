using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>What came out of a tuning: tuning.json, which carries a checksum.</summary>
public sealed record TuningResult
{
    /// <summary><see cref="TuningPlan.Id"/>.</summary>
    public required string Id { get; init; }

    public required TuningPlan Plan { get; init; }

    public required TuningSearch Search { get; init; }

    /// <summary>Ids of the optimum's run, or of its members' in their order.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> OptimumRuns => Search.Tried.First(tried => tried.Point == Search.Optimum && tried.Repeat == 0).Runs;

    /// <summary>Whether nothing is left to do: a larger number of trials would change nothing.</summary>
    [JsonIgnore]
    public bool IsComplete => Search.Certificate.IsCertified && (Plan.NoiseSeeds == 0 || Search.Certificate.Noise is not null);

    public static TuningResult Of(TuningPlan plan, TuningSearch search) => new() { Id = plan.Id, Plan = plan, Search = search };
}

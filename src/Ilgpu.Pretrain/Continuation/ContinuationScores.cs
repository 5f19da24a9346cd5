using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Continuation;

/// <summary>What continued pre-training gained and what it forgot, in losses on held-out text.</summary>
/// <param name="New">On the validation part of what was trained on now.</param>
/// <param name="Old">On the validation part of what was trained on before; null where that is not known.</param>
public sealed record ContinuationScores(BeforeAndAfter New, BeforeAndAfter? Old)
{
    /// <summary>Whether every ensemble has a loss of each kind for every member.</summary>
    [JsonIgnore]
    public bool IsWhole => New.IsWhole && Old is null or { IsWhole: true };
}

/// <summary>Losses on one validation part.</summary>
/// <param name="Before">Of the models that were continued.</param>
/// <param name="After">Of the continued ones.</param>
public sealed record BeforeAndAfter(EnsembleScores Before, EnsembleScores After)
{
    internal bool IsWhole => Before.IsWhole && After.IsWhole;

    /// <summary>Loss of all models together, logits averaged: by how much it rose, in nats a token.</summary>
    public double Change => After.LogitAverage[^1] - Before.LogitAverage[^1];
}

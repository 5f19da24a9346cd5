using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>An ensemble's losses and their law, and learned weights, as JSON. What was not measured is left out.</summary>
internal static class EnsembleJson
{
    public static void Print(string folder, IReadOnlyList<EnsembleMember> members, EnsembleScores scores, LawFit? byLogits, LawFit? byProbabilities, EnsembleWeights? weights) =>
        JsonOutput.Print(new
        {
            folder,
            members = members.Select((member, i) => new
            {
                run = member.Config.Id,
                member.Folder,
                member.Cycle,
                member.Config.InitializationSeed,
                member.Config.DataSeed,
                val_loss = scores.Members[i],
                bits_per_byte = scores.BitsPerByte(scores.Members[i]),
            }),
            by_size = members.Select((_, i) => new
            {
                k = i + 1,
                logits = Loss(scores, scores.LogitAverage[i]),
                probabilities = Loss(scores, scores.ProbabilityAverage[i]),
                mean_over_orders = scores.Orders is { } orders
                    ? new { logits = Loss(scores, orders.LogitAverage[i]), probabilities = Loss(scores, orders.ProbabilityAverage[i]) }
                    : null,
            }),
            orders = scores.Orders?.Count ?? 1,
            law = new { form = EnsembleLaw.Form, takes_members = EnsembleLaw.FewestMembers, logits = Law(byLogits), probabilities = Law(byProbabilities) },
            learned_weights = weights is null ? null : new
            {
                weights.FittedTokens,
                weights.Tokens,
                logits = Learned(weights.Logits),
                probabilities = Learned(weights.Probabilities),
                weights.Seconds,
            },
            scores.Tokens,
            scores.Residency,
            scores.Seconds,
            ilgpu = IlgpuRuntime.Kind,
        });

    private static object Loss(EnsembleScores scores, double loss) => new { val_loss = loss, bits_per_byte = scores.BitsPerByte(loss) };

    private static object Learned(LearnedWeights learned) => new
    {
        learned.Weights,
        val_loss = learned.Loss,
        val_loss_of_equal_weights = learned.EqualLoss,
        fitted_loss = learned.FittedLoss,
        fitted_loss_of_equal_weights = learned.FittedEqualLoss,
        learned.Gap,
    };

    private static object? Law(LawFit? fit) => fit is null ? null : new
    {
        fit.Points,
        fit.Estimate.Parameters,
        intervals = fit.Intervals.ToDictionary(each => each.Key, each => new[] { each.Value.Low, each.Value.High }.Select(FitDocument.Number)),
        confidence = FitOptions.UsualConfidence,
        fit.Bootstraps,
        r2 = FitDocument.Number(fit.RSquared),
        fit.Warnings,
    };
}

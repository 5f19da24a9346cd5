using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses on text as JSON.</summary>
internal static class TextLossJson
{
    public static void Print(TextReport report)
    {
        TextLosses losses = report.Losses;
        ScoreVariants variants = losses.Variants;
        JsonOutput.Print(new
        {
            source = report.Source,
            dataset = report.DatasetHash,
            loss = Number(losses.Losses[report.All]),
            stderr = Number(losses.StandardErrors[report.All]),
            perplexity = Number(losses.Perplexity(report.All)),
            bits_per_byte = Number(losses.BitsPerByte(report.All)),
            losses.Tokens,
            losses.TextBytes,
            losses.Texts,
            losses.Windows,
            window = report.Models.Window,
            report.Stride,
            start = report.StartRule,
            average = variants.Members > 1 ? report.Averaging : (EnsembleAveraging?)null,
            by_size = variants.Members == 1 ? null : Enumerable.Range(1, variants.Members).Select(k => new
            {
                k,
                model = report.Models.Names[k - 1],
                alone = Loss(losses, variants[ScoredBy.Member, k]),
                logits = Loss(losses, variants[ScoredBy.LogitAverage, k]),
                probabilities = Loss(losses, variants[ScoredBy.ProbabilityAverage, k]),
            }),
            models = report.Models.Names,
            losses.ComputedTokens,
            seconds = report.Elapsed.TotalSeconds,
            ilgpu = IlgpuRuntime.Kind,
        });
    }

    private static object Loss(TextLosses losses, int variant) => new
    {
        loss = Number(losses.Losses[variant]),
        stderr = Number(losses.StandardErrors[variant]),
        bits_per_byte = Number(losses.BitsPerByte(variant)),
    };

    /// <summary>JSON has no infinities.</summary>
    private static double? Number(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

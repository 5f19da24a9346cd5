using System.Globalization;
using Ilgpu.Pretrain.Evaluation;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses on text as a table: of a model, or of each member and of the first K together.</summary>
internal static class TextLossTable
{
    public static void Write(TextWriter words, TextReport report)
    {
        TextLosses losses = report.Losses;
        ScoreVariants variants = losses.Variants;
        var table = new TextTable(("averaged", false), ("loss", true), ("+-", true), ("perplexity", true), ("bits/byte", true));
        for (int k = 1; k <= variants.Members && variants.Members > 1; k++)
        {
            Add($"member {k}, {report.Models.Names[k - 1]}", variants[ScoredBy.Member, k]);
            Add($"logits of the first {k}", variants[ScoredBy.LogitAverage, k]);
            Add($"probabilities of the first {k}", variants[ScoredBy.ProbabilityAverage, k]);
        }

        if (variants.Members == 1)
            Add(report.Models.Names[0], 0);
        table.Write(words);
        words.WriteLine("Losses in nats a token; +- is one standard error, of windows as what was drawn.");
        words.WriteLine(report.StartRule);
        words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{losses.Tokens:N0} tokens for {losses.TextBytes:N0} bytes of text, {losses.Windows:N0} windows of {report.Models.Window} tokens at most, {report.Stride} apart; {Units.Duration(report.Elapsed)}; {report.Source}"));

        void Add(string name, int variant) => table.Add(
            name,
            Digits(losses.Losses[variant]),
            Digits(losses.StandardErrors[variant]),
            losses.Perplexity(variant).ToString("0.00", CultureInfo.InvariantCulture),
            Digits(losses.BitsPerByte(variant)));
    }

    private static string Digits(double? value) => value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";
}

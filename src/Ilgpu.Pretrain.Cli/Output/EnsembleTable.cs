using System.Globalization;
using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses of every member and of the first K together.</summary>
internal static class EnsembleTable
{
    public static void Write(TextWriter words, string folder, IReadOnlyList<EnsembleMember> members, EnsembleScores scores)
    {
        var table = new TextTable(("K", true), ("member", false), ("alone", true), ("logits", true), ("bits/byte", true), ("probabilities", true), ("bits/byte", true));
        for (int k = 0; k < members.Count; k++)
        {
            table.Add(
                $"{k + 1}",
                members[k].Config.Id,
                Loss(scores.Members[k]),
                Loss(scores.LogitAverage[k]),
                Loss(scores.BitsPerByte(scores.LogitAverage[k])),
                Loss(scores.ProbabilityAverage[k]),
                Loss(scores.BitsPerByte(scores.ProbabilityAverage[k])));
        }

        words.WriteLine("Validation losses in nats a token, of each member alone and of the first K together, averaged by logits and by probabilities:");
        table.Write(words);
        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scores.Tokens:N0} tokens, members {scores.Residency.ToString().ToLowerInvariant()}, {Units.Duration(TimeSpan.FromSeconds(scores.Seconds))}; {folder}"));
    }

    private static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}

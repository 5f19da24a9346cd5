using System.Globalization;
using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses of every member and of the first K together.</summary>
internal static class EnsembleTable
{
    public static void Write(TextWriter words, string folder, IReadOnlyList<EnsembleMember> members, EnsembleScores scores)
    {
        words.WriteLine($"{"K",3}  {"member",-16}  {"alone",8}  {"logits",8} {"bits/byte",9}  {"probabilities",13} {"bits/byte",9}   (validation loss in nats a token)");
        for (int k = 0; k < members.Count; k++)
        {
            words.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{k + 1,3}  {members[k].Config.Id,-16}  {scores.Members[k],8:0.0000}  {scores.LogitAverage[k],8:0.0000} {scores.BitsPerByte(scores.LogitAverage[k]),9:0.0000}  {scores.ProbabilityAverage[k],13:0.0000} {scores.BitsPerByte(scores.ProbabilityAverage[k]),9:0.0000}"));
        }

        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scores.Tokens:N0} tokens, members {scores.Residency.ToString().ToLowerInvariant()}, {Units.Duration(TimeSpan.FromSeconds(scores.Seconds))}; {folder}"));
    }
}

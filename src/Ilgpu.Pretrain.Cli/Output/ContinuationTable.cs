using System.Globalization;
using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses on new and on old text, before and after continued pre-training.</summary>
internal static class ContinuationTable
{
    public static void Write(TextWriter words, string folder, ContinuationScores scores)
    {
        var table = new TextTable(("validation text", false), ("models", true), ("before", true), ("after", true), ("change", true), ("bits/byte after", true));
        Add(table, "new", scores.New);
        if (scores.Old is { } old)
            Add(table, "old", old);
        words.WriteLine($"Losses in nats a token, several models together by averaged logits{(scores.Old is null ? "" : "; what rises on the old text was forgotten")}:");
        table.Write(words);
        words.WriteLine(folder);
    }

    private static void Add(TextTable table, string text, BeforeAndAfter losses)
    {
        table.Add(
            text,
            $"{losses.Before.Members.Count} -> {losses.After.Members.Count}",
            Number(losses.Before.LogitAverage[^1], "0.0000"),
            Number(losses.After.LogitAverage[^1], "0.0000"),
            Number(losses.Change, "+0.0000;-0.0000"),
            Number(losses.After.BitsPerByte(losses.After.LogitAverage[^1]), "0.0000"));
        if (losses.After.Members.Count > 1)
            table.Add("  alone, mean", "", Number(Mean(losses.Before), "0.0000"), Number(Mean(losses.After), "0.0000"), Number(Mean(losses.After) - Mean(losses.Before), "+0.0000;-0.0000"), "");
    }

    private static double Mean(EnsembleScores scores) => scores.Members.Average();

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

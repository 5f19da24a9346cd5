using System.Globalization;
using Ilgpu.Pretrain.Evaluation;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A task's scores as tables: by category, beside what others published, and for every K of an ensemble.</summary>
internal static class TaskTable
{
    /// <param name="words">For people.</param>
    /// <param name="report">What came of it.</param>
    /// <param name="by">The kind of categories to list; null for the first.</param>
    public static void Write(TextWriter words, TaskReport report, string? by)
    {
        WriteCategories(words, report, by);
        if (report.Evaluation.Variants.Members > 1)
            WriteSizes(words, report);
        TaskEvaluation evaluation = report.Evaluation;
        if (report.Scores.Perplexity is { } perplexity)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Perplexity a word: {perplexity:0.000} +- {report.Scores.PerplexityError:0.000}"));
        words.WriteLine("+- is one standard error." + Norm(report));
        if (!report.IsWritten && report.Data.Task.Measure != TaskMeasure.LastWord)
            words.WriteLine($"Ties: {report.Scores.Ties}, counted as {report.TieRule}.");
        words.WriteLine(report.StartRule + (evaluation.WithoutFirstToken > 0 ? string.Create(CultureInfo.InvariantCulture, $" The first token of {evaluation.WithoutFirstToken:N0} texts has nothing before it and is not scored.") : ""));
        if (report.Data.ShotsFrom is { } from)
            words.WriteLine($"Examples before each row: {from}.");
        if (evaluation.Cut > 0)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{evaluation.Cut:N0} texts are longer than the window of {report.Models.Window} tokens and lost their beginning."));
        if (report.Published is { } published)
            words.WriteLine($"Published, over the same paradigms: {published.Path}");
        words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{evaluation.Tokens:N0} tokens {(report.IsWritten ? "written" : "scored")}, {evaluation.ComputedTokens:N0} computed of {evaluation.SeenTokens:N0} seen, {Units.Duration(report.Elapsed)}; {string.Join(", ", report.Models.Names)}"));
    }

    private static string Norm(TaskReport report) => report.Scores.AccuracyNorm is null ? ""
        : report.IsWritten ? " flexible: by the last number of an answer, in place of the one behind ####."
        : " norm: by log-likelihood a byte of the choice.";

    private static void WriteCategories(TextWriter words, TaskReport report, string? by)
    {
        CategoryScores[] categories = [.. report.Scores.Categories];
        by ??= categories.Length > 0 ? categories[0].Category.Kind : null;
        string[] published = [.. report.Published?.Models ?? []];
        bool hasNorm = report.Scores.AccuracyNorm is not null;
        var table = new TextTable([
            (by ?? "task", false), ("rows", true), ("accuracy", true), ("+-", true),
            .. hasNorm ? new[] { (report.NormName, true), ("+-", true) } : [],
            .. published.Select(model => (model, true)),
        ]);
        foreach (CategoryScores category in categories.Where(category => category.Category.Kind == by))
            Add(category.Category.Value, category.Accuracy, category.AccuracyNorm, report.PublishedOver(category.Category));
        Add(by is null ? report.Data.Task.Name : "all", report.Scores.Accuracy, report.Scores.AccuracyNorm, report.PublishedOver(null));
        table.Write(words);

        void Add(string name, MeanWithError accuracy, MeanWithError? norm, IReadOnlyDictionary<string, double>? figures) => table.Add(
        [
            name,
            accuracy.Count.ToString("N0", CultureInfo.InvariantCulture),
            Share(accuracy.Mean),
            Share(accuracy.StandardError),
            .. hasNorm ? new[] { Share(norm?.Mean), Share(norm?.StandardError) } : [],
            .. published.Select(model => figures is not null && figures.TryGetValue(model, out double figure) ? Share(figure) : "-"),
        ]);
    }

    private static void WriteSizes(TextWriter words, TaskReport report)
    {
        ScoreVariants variants = report.Evaluation.Variants;
        words.WriteLine($"Accuracy of each member alone and of the first K together (above: all, averaged by {report.Averaging.ToString().ToLowerInvariant()}):");
        var table = new TextTable(("K", true), ("member", false), ("alone", true), ("logits", true), ("probabilities", true));
        for (int k = 1; k <= variants.Members; k++)
            table.Add([$"{k}", report.Models.Names[k - 1], Of(ScoredBy.Member, k), Of(ScoredBy.LogitAverage, k), Of(ScoredBy.ProbabilityAverage, k)]);
        table.Write(words);

        string Of(ScoredBy by, int k) => Share(report.Evaluation.Scores[variants[by, k]].Accuracy.Mean);
    }

    private static string Share(double? value) => value is { } share ? share.ToString("0.0000", CultureInfo.InvariantCulture) : "-";
}

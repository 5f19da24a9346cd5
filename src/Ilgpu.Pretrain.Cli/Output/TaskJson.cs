using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A task's scores as JSON. What a task does not have is left out.</summary>
internal static class TaskJson
{
    public static void Print(TaskReport report)
    {
        TaskEvaluation evaluation = report.Evaluation;
        JsonObject json = Scores(report.Scores, report.NormName);
        json.Insert(0, "task", report.Data.Task.Name);
        json.Add("ties_count_as", report.TieRule);
        json.Add("by", By(report));
        if (report.Published is { } published)
            json.Add("published", new JsonObject { ["file"] = published.Path, ["all"] = Figures(report.PublishedOver(null)) });
        if (evaluation.Variants.Members > 1)
        {
            json.Add("average", report.Averaging.ToString().ToLowerInvariant());
            json.Add("by_size", BySize(report));
        }

        json.Add("files", new JsonArray([.. report.Data.Files.Select(file => JsonValue.Create(file))]));
        json.Add("models", new JsonArray([.. report.Models.Names.Select(name => JsonValue.Create(name))]));
        json.Add("shots", report.Data.Shots);
        if (report.Data.ShotsFrom is { } from)
            json.Add("shots_from", from);
        json.Add("start", report.StartRule);
        json.Add("window", report.Models.Window);
        json.Add("cut", evaluation.Cut);
        json.Add("without_first_token", evaluation.WithoutFirstToken);
        json.Add(report.IsWritten ? "written_tokens" : "scored_tokens", evaluation.Tokens);
        json.Add("computed_tokens", evaluation.ComputedTokens);
        json.Add("seen_tokens", evaluation.SeenTokens);
        json.Add("seconds", report.Elapsed.TotalSeconds);
        json.Add("ilgpu", IlgpuRuntime.Kind);
        JsonOutput.Print(json);
    }

    private static JsonObject Scores(TaskScores scores, string norm)
    {
        JsonObject json = Accuracies(scores.Accuracy, scores.AccuracyNorm, norm);
        if (scores.Perplexity is { } perplexity)
        {
            json.Add("perplexity", Number(perplexity));
            json.Add("stderr_perplexity", Number(scores.PerplexityError));
            json.Add("log_likelihood", Number(scores.LogLikelihood?.Mean));
        }

        json.Add("ties", scores.Ties);
        return json;
    }

    private static JsonObject Accuracies(MeanWithError accuracy, MeanWithError? other, string norm)
    {
        var json = new JsonObject { ["accuracy"] = accuracy.Mean, ["stderr"] = Number(accuracy.StandardError), ["n"] = accuracy.Count };
        if (other is { } mean)
        {
            json.Add($"accuracy_{norm}", mean.Mean);
            json.Add($"stderr_{norm}", Number(mean.StandardError));
        }

        return json;
    }

    private static JsonObject By(TaskReport report)
    {
        var json = new JsonObject();
        foreach (IGrouping<string, CategoryScores> kind in report.Scores.Categories.GroupBy(category => category.Category.Kind))
        {
            var ofKind = new JsonObject();
            foreach (CategoryScores category in kind)
            {
                JsonObject scores = Accuracies(category.Accuracy, category.AccuracyNorm, report.NormName);
                if (report.PublishedOver(category.Category) is { } figures)
                    scores.Add("published", Figures(figures));
                ofKind.Add(category.Category.Value, scores);
            }

            json.Add(kind.Key, ofKind);
        }

        return json;
    }

    private static JsonArray BySize(TaskReport report)
    {
        ScoreVariants variants = report.Evaluation.Variants;
        JsonObject Of(ScoredBy by, int k) => Scores(report.Evaluation.Scores[variants[by, k]], report.NormName);
        return new JsonArray([.. Enumerable.Range(1, variants.Members).Select(k => new JsonObject
        {
            ["k"] = k,
            ["model"] = report.Models.Names[k - 1],
            ["alone"] = Of(ScoredBy.Member, k),
            ["logits"] = Of(ScoredBy.LogitAverage, k),
            ["probabilities"] = Of(ScoredBy.ProbabilityAverage, k),
        })]);
    }

    private static JsonObject? Figures(IReadOnlyDictionary<string, double>? figures) =>
        figures is null ? null : new JsonObject(figures.Select(each => KeyValuePair.Create(each.Key, (JsonNode?)JsonValue.Create(each.Value))));

    /// <summary>JSON has no infinities.</summary>
    private static JsonValue? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}

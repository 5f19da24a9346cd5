using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Studies;

/// <summary>How models did at a task: what study.json and a ledger have of it.</summary>
public sealed record TaskAccuracy
{
    /// <summary>The step whose models were asked.</summary>
    public required string Of { get; init; }

    /// <summary>Of the task, its files' names and the models.</summary>
    public required string Key { get; init; }

    public required string Task { get; init; }

    /// <summary>SHA-256 of the rows' files.</summary>
    public required string Data { get; init; }

    /// <summary>Runs, in their order.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>Rows that were asked.</summary>
    public required int Rows { get; init; }

    /// <summary>Share of rows that are right by the averaged logits of all members.</summary>
    public required double Accuracy { get; init; }

    public double? StandardError { get; init; }

    /// <summary>Options' likelihoods divided by their bytes; null where the task has no such measure.</summary>
    public double? AccuracyNorm { get; init; }

    /// <summary>By the averaged logits of the first K members, K from 1; empty where all wrote one answer together.</summary>
    public required IReadOnlyList<double> AccuracyByK { get; init; }

    /// <summary>By kind of category, then by category.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>? By { get; init; }

    internal static TaskAccuracy From(string step, string key, string hash, IReadOnlyList<string> members, TaskData data, TaskEvaluation evaluation)
    {
        ScoreVariants variants = evaluation.Variants;
        TaskScores all = evaluation.Scores[variants.All(EnsembleAveraging.Logits)];
        return new TaskAccuracy
        {
            Of = step,
            Key = key,
            Task = data.Task.Name,
            Data = hash,
            Members = members,
            Rows = all.Accuracy.Count,
            Accuracy = all.Accuracy.Mean,
            StandardError = all.Accuracy.StandardError,
            AccuracyNorm = data.Task.Measure == TaskMeasure.Choice ? all.AccuracyNorm?.Mean : null,
            AccuracyByK = variants.Members == members.Count ? [.. Enumerable.Range(1, variants.Members).Select(k => evaluation.Scores[variants[ScoredBy.LogitAverage, k]].Accuracy.Mean)] : [],
            By = all.Categories.Count == 0 ? null : all.Categories
                .GroupBy(category => category.Category.Kind)
                .ToDictionary(kind => kind.Key, kind => (IReadOnlyDictionary<string, double>)kind.ToDictionary(category => category.Category.Value, category => category.Accuracy.Mean)),
        };
    }
}

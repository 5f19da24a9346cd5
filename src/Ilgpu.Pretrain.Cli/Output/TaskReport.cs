using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A task's evaluation with what it was made of.</summary>
internal sealed record TaskReport(
    EvaluatedModels Models,
    TaskData Data,
    TaskEvaluation Evaluation,
    PublishedAccuracies? Published,
    EnsembleAveraging Averaging,
    EvaluationStart Start,
    TimeSpan Elapsed)
{
    /// <summary>Of all members together.</summary>
    public TaskScores Scores => Evaluation.Scores[Evaluation.Variants.All(Averaging)];

    public bool IsWritten => Data.Task.Measure == TaskMeasure.Answer;

    /// <summary>What stands before a text, in words.</summary>
    public string StartRule => Models.Start is not { } start ? $"Nothing stands before a text: {WhyNoStart(Models)}."
        : Start == EvaluationStart.Always ? $"Every text stands behind {Models.Tokenizer.Show(start)}, as documents of the training data did."
        : $"A text without context stands behind {Models.Tokenizer.Show(start)}; nothing stands before any other.";

    /// <summary>Why no token begins a text, in words.</summary>
    public static string WhyNoStart(EvaluatedModels models) =>
        models.RunFolder is null ? "the model's files put no token there" : "the training data has no token between documents";

    /// <summary>What others published, over the same paradigms as the rows of a category, or as all.</summary>
    public IReadOnlyDictionary<string, double>? PublishedOver(ItemCategory? category) =>
        Published?.Over(category is { } one ? Data.Items.Where(item => item.Categories.Contains(one)) : Data.Items);

    /// <summary>What a tie counts as.</summary>
    public string TieRule => Data.Task.Measure == TaskMeasure.Pair ? "wrong" : "the first of the likeliest options";

    /// <summary>What <see cref="TaskScores.AccuracyNorm"/> is.</summary>
    public string NormName => IsWritten ? "flexible" : "norm";
}

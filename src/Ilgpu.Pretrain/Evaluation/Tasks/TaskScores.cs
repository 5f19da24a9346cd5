namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What came of a task's rows.</summary>
/// <param name="Accuracy">Share of rows that are right.</param>
/// <param name="AccuracyNorm">The same by <see cref="ItemOutcome.IsCorrectNorm"/>; null where there is no such measure.</param>
/// <param name="Ties">Rows in which another option is as likely as the likeliest.</param>
/// <param name="Categories">By kind in the order of the rows, each kind's values in ordinal order.</param>
public sealed record TaskScores(MeanWithError Accuracy, MeanWithError? AccuracyNorm, int Ties, IReadOnlyList<CategoryScores> Categories)
{
    /// <summary>Mean log-likelihood of the word that was asked for; null where the task is another.</summary>
    public MeanWithError? LogLikelihood { get; private init; }

    /// <summary>exp(-<see cref="LogLikelihood"/>): perplexity a word.</summary>
    public double? Perplexity => LogLikelihood is { } mean ? Math.Exp(-mean.Mean) : null;

    /// <summary>The perplexity's standard error to first order.</summary>
    public double? PerplexityError => Perplexity * LogLikelihood?.StandardError;

    /// <param name="measure">Of the task.</param>
    /// <param name="items">One at least.</param>
    /// <param name="outcomes">One an item.</param>
    internal static TaskScores Of(TaskMeasure measure, IReadOnlyList<TaskItem> items, IReadOnlyList<ItemOutcome> outcomes)
    {
        CategoryScores[] categories = [.. items
            .SelectMany((item, i) => item.Categories.Select(category => (category, outcomes[i])))
            .GroupBy(each => each.category.Kind)
            .SelectMany(kind => kind
                .GroupBy(each => each.category, each => each.Item2)
                .OrderBy(category => category.Key.Value, StringComparer.Ordinal)
                .Select(category => new CategoryScores(category.Key, Accuracy([.. category]), Norm([.. category]))))];
        return new TaskScores(Accuracy(outcomes), Norm(outcomes), outcomes.Count(outcome => outcome.IsTie), categories)
        {
            LogLikelihood = measure == TaskMeasure.LastWord ? MeanWithError.Of([.. outcomes.Select(outcome => outcome.LogLikelihoods[0])]) : null,
        };

        static MeanWithError Accuracy(IReadOnlyCollection<ItemOutcome> outcomes) => MeanWithError.Share([.. outcomes.Select(outcome => outcome.IsCorrect)]);

        static MeanWithError? Norm(IReadOnlyCollection<ItemOutcome> outcomes) => outcomes.First().IsCorrectNorm is null
            ? null
            : MeanWithError.Share([.. outcomes.Select(outcome => outcome.IsCorrectNorm == true)]);
    }
}

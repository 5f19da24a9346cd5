namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Asks models a task's rows.</summary>
public static class TaskEvaluator
{
    /// <exception cref="InputException">A row cannot be written in the vocabulary, has nothing to score, or is given likelihoods that are not numbers.</exception>
    public static TaskEvaluation Evaluate(EvaluatedModels models, TaskData data, TaskOptions options, CancellationToken cancellation) =>
        data.Task.Measure == TaskMeasure.Answer
            ? AnswerWriting.Evaluate(models, data, options, cancellation)
            : Weigh(models, data, options, cancellation);

    private static TaskEvaluation Weigh(EvaluatedModels models, TaskData data, TaskOptions options, CancellationToken cancellation)
    {
        var encoder = new ContextEncoder(models.Tokenizer, models.Start, options.Start);
        ContinuationRequest[] requests = [.. data.Items.SelectMany(item => item.Options.Select(option => encoder.Encode(option.Context, option.Continuation, item.Name)))];
        bool choosing = data.Task.Measure == TaskMeasure.LastWord;
        ContinuationScores scores = ContinuationScorer.Score(models.Models, requests, models.Window, options.BatchTokens, choosing, options.Progress, cancellation);
        ItemOutcome[][] outcomes = [.. Enumerable.Range(0, scores.Variants.Count).Select(variant => Judge(data, scores, variant))];
        return new TaskEvaluation(
            scores.Variants,
            [.. outcomes.Select(ofVariant => TaskScores.Of(data.Task.Measure, data.Items, ofVariant))],
            outcomes[scores.Variants.All(options.Averaging)],
            scores.Tokens,
            scores.ComputedTokens,
            scores.SeenTokens,
            scores.CutRequests,
            encoder.WithoutFirstToken);
    }

    private static ItemOutcome[] Judge(TaskData data, ContinuationScores scores, int variant)
    {
        var outcomes = new ItemOutcome[data.Items.Count];
        int request = 0;
        for (int i = 0; i < outcomes.Length; i++)
        {
            TaskItem item = data.Items[i];
            int end = request + item.Options.Count;
            if (scores.LogLikelihoods[variant][request..end].Any(double.IsNaN))
                throw new InputException($"{item.Name}: what the model says of it is not a number: its weights are damaged, or too large for what it computes in.");
            bool isLikeliest = scores.AreLikeliest.Count > 0 && scores.AreLikeliest[variant][request];
            outcomes[i] = ItemJudge.Judge(data.Task.Measure, item, scores.LogLikelihoods[variant][request..end], isLikeliest);
            request = end;
        }

        return outcomes;
    }
}

using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// Answers written greedily by all members together, up to the next question or the end of the text, and their final numbers
/// compared (lm-evaluation-harness, gsm8k). What prompts begin with alike stays in the cache.
/// </summary>
internal static class AnswerWriting
{
    /// <summary>Where an answer ends: a model that goes on asks the next question.</summary>
    private const string NextQuestion = "Question:";

    public static TaskEvaluation Evaluate(EvaluatedModels models, TaskData data, TaskOptions options, CancellationToken cancellation)
    {
        int capacity = CapacityFor(models, data, options);
        using ITokenDecoder decoder = models.Models is [var single]
            ? new Decoder(single, capacity: capacity)
            : new EnsembleDecoder(models.Models, options.Averaging, capacity: capacity);
        var writer = new AnswerWriter(decoder, models.Tokenizer, models.Start, models.Ends, NextQuestion);
        var outcomes = new ItemOutcome[data.Items.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            TaskOption asked = data.Items[i].Options[0];
            string answer = writer.Write(asked.Context, options.AnswerTokens, options.Start, data.Items[i].Name, cancellation);
            string expected = AnswerNumber.Marked(asked.Continuation)!;
            outcomes[i] = new ItemOutcome(0, AnswerNumber.Marked(answer) == expected, AnswerNumber.Last(answer) == expected, IsTie: false, []) { Answer = answer };
            options.Progress?.Invoke((i + 1) / (double)outcomes.Length);
        }

        return new TaskEvaluation(
            new ScoreVariants(1),
            [TaskScores.Of(data.Task.Measure, data.Items, outcomes)],
            outcomes,
            writer.WrittenTokens,
            writer.ComputedTokens,
            writer.SeenTokens,
            writer.CutPrompts,
            WithoutFirstToken: 0);
    }

    /// <summary>As much as the longest prompt and its answer can take, a token having a byte at least: a whole context of keys and values can be more than the memory.</summary>
    private static int CapacityFor(EvaluatedModels models, TaskData data, TaskOptions options)
    {
        const int StartAndSpace = 2;
        long longest = data.Items.Max(item => (long)System.Text.Encoding.UTF8.GetByteCount(item.Options[0].Context)) + StartAndSpace;
        return (int)Math.Min(models.Window, longest + options.AnswerTokens);
    }
}

using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// Answers written greedily by each member alone and by the first K together, for every K, up to the next question or the end
/// of the text, and their final numbers compared (lm-evaluation-harness, gsm8k). What prompts begin with alike stays in the
/// cache; where answers part, each member goes on from there.
/// </summary>
internal static class AnswerWriting
{
    /// <summary>Where an answer ends: a model that goes on asks the next question.</summary>
    private const string NextQuestion = "Question:";

    public static TaskEvaluation Evaluate(EvaluatedModels models, TaskData data, TaskOptions options, CancellationToken cancellation)
    {
        int capacity = CapacityFor(models, data, options);
        EvaluationMemory.Require(models.Models, models.Models.Sum(model => Decoder.Bytes(model.Config, 1, capacity)), FormattableString.Invariant($"Keys and values of {capacity} tokens"), "a shorter --length, or fewer models");
        var owned = new Stack<IDisposable>();
        try
        {
            MemberLogits[] members = [.. models.Models.Select(model => new MemberLogits(Own(new Decoder(model, capacity: capacity))))];
            AnswerWriter[] writers = [.. Variants(models.Models[0], members, Own).Select(next => new AnswerWriter(next, models.Tokenizer, models.Start, models.Ends, NextQuestion))];
            return Ask(new ScoreVariants(members.Length), writers, members, data, options, cancellation);
        }
        finally
        {
            while (owned.TryPop(out IDisposable? each))
                each.Dispose();
        }

        T Own<T>(T each)
            where T : IDisposable
        {
            owned.Push(each);
            return each;
        }
    }

    /// <summary>In the order of <see cref="ScoreVariants"/>.</summary>
    private static IEnumerable<INextLogits> Variants(LlamaModel model, MemberLogits[] members, Func<AveragedLogits, AveragedLogits> own)
    {
        if (members.Length == 1)
            return members;
        IEnumerable<INextLogits> FirstBy(EnsembleAveraging averaging) =>
            Enumerable.Range(1, members.Length).Select(k => own(new AveragedLogits(model.Device, members[..k], averaging, model.Options.Rung)));
        return [.. members, .. FirstBy(EnsembleAveraging.Logits), .. FirstBy(EnsembleAveraging.Probabilities)];
    }

    private static TaskEvaluation Ask(ScoreVariants variants, AnswerWriter[] writers, MemberLogits[] members, TaskData data, TaskOptions options, CancellationToken cancellation)
    {
        ItemOutcome[][] outcomes = [.. writers.Select(_ => new ItemOutcome[data.Items.Count])];
        for (int i = 0; i < data.Items.Count; i++)
        {
            TaskItem item = data.Items[i];
            TaskOption asked = item.Options[0];
            string expected = AnswerNumber.Marked(asked.Continuation)!;
            for (int variant = 0; variant < writers.Length; variant++)
            {
                string answer = writers[variant].Write(asked.Context, options.AnswerTokens, options.Start, item.Name, cancellation);
                outcomes[variant][i] = new ItemOutcome(0, AnswerNumber.Marked(answer) == expected, AnswerNumber.Last(answer) == expected, IsTie: false, []) { Answer = answer };
            }

            options.Progress?.Invoke((i + 1) / (double)data.Items.Count);
        }

        return new TaskEvaluation(
            variants,
            [.. outcomes.Select(ofVariant => TaskScores.Of(data.Task.Measure, data.Items, ofVariant))],
            outcomes[variants.All(options.Averaging)],
            writers.Sum(writer => writer.WrittenTokens),
            members.Sum(member => member.ComputedTokens),
            writers.Sum(writer => writer.SeenTokens),
            writers[0].CutPrompts,
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

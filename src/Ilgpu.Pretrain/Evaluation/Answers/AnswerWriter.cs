using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Continues prompts greedily, one after another.</summary>
/// <param name="next">Whose answers they are.</param>
/// <param name="tokenizer">Of the text.</param>
/// <param name="start">The token that texts stand behind, or null.</param>
/// <param name="ends">The tokens that texts end with.</param>
/// <param name="stop">What an answer ends before.</param>
internal sealed class AnswerWriter(INextLogits next, Tokenizer tokenizer, int? start, IReadOnlyList<int> ends, string stop)
{
    private readonly Sampler likeliest = new(new SamplingOptions { Temperature = 0 }, next.Vocabulary);

    public long WrittenTokens { get; private set; }

    /// <summary>Tokens that were before the models in all, each counted once a model.</summary>
    public long SeenTokens { get; private set; }

    public int CutPrompts { get; private set; }

    /// <summary>The answer to a prompt. One that does not leave room for the answer loses its beginning, half a window at most.</summary>
    /// <param name="prompt">Not empty.</param>
    /// <param name="most">Tokens at most.</param>
    /// <param name="rule">Whether a prompt stands behind <c>start</c>.</param>
    /// <param name="name">Of the row, for messages.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The prompt cannot be written in the vocabulary, or logits are not numbers.</exception>
    public string Write(string prompt, int most, EvaluationStart rule, string name, CancellationToken cancellation)
    {
        List<int> ids = Ids(prompt, rule, name);
        int room = Math.Max(next.Capacity - most, (next.Capacity + 1) / 2);
        if (ids.Count > room)
        {
            CutPrompts++;
            ids.RemoveRange(0, ids.Count - room);
        }

        int asked = ids.Count;
        string text = "";
        for (int id = Likeliest(ids, name); !ends.Contains(id); id = Likeliest(ids, name))
        {
            cancellation.ThrowIfCancellationRequested();
            ids.Add(id);
            WrittenTokens++;
            text = tokenizer.DecodeText(CollectionsMarshal.AsSpan(ids)[asked..]);
            int end = text.IndexOf(stop, StringComparison.Ordinal);
            if (end >= 0)
                text = text[..end];
            if (end >= 0 || ids.Count - asked == most || ids.Count > next.Capacity)
            {
                // Nothing was asked of the last one.
                ids.RemoveAt(ids.Count - 1);
                break;
            }
        }

        SeenTokens += (long)ids.Count * next.Models;
        return text;
    }

    private int Likeliest(List<int> ids, string name)
    {
        ReadOnlySpan<float> logits = next.Behind(CollectionsMarshal.AsSpan(ids));
        if (logits.ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity))
            throw new InputException($"{name} cannot be answered: the model's logits are not all numbers.");
        return likeliest.Draw(logits);
    }

    private List<int> Ids(string prompt, EvaluationStart rule, string name)
    {
        try
        {
            int[] ids = tokenizer.Encode(prompt);
            return start is { } id && rule == EvaluationStart.Always ? [id, .. ids] : [.. ids];
        }
        catch (InputException e)
        {
            throw new InputException($"{name}: {e.Message}", e);
        }
    }
}

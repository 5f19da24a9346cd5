using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Continues prompts greedily, one after another.</summary>
/// <param name="decoder">Of one sequence; its owner is the caller.</param>
/// <param name="tokenizer">Of the text.</param>
/// <param name="start">The token that texts stand behind, or null.</param>
/// <param name="ends">The tokens that texts end with.</param>
/// <param name="stop">What an answer ends before.</param>
internal sealed class AnswerWriter(ITokenDecoder decoder, Tokenizer tokenizer, int? start, IReadOnlyList<int> ends, string stop)
{
    private readonly Sampler likeliest = new(new SamplingOptions { Temperature = 0 }, decoder.Vocabulary);
    private readonly float[] logits = new float[decoder.Vocabulary];
    private readonly List<int> held = [];

    public long WrittenTokens { get; private set; }

    public long ComputedTokens { get; private set; }

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
        int[] ids = Ids(prompt, rule, name);
        int room = Math.Max(decoder.Capacity - most, (decoder.Capacity + 1) / 2);
        if (ids.Length > room)
        {
            CutPrompts++;
            ids = ids[^room..];
        }

        Feed(ids);
        var written = new List<int>();
        for (int id = Likeliest(name); !ends.Contains(id); id = Likeliest(name))
        {
            cancellation.ThrowIfCancellationRequested();
            written.Add(id);
            WrittenTokens++;
            string text = tokenizer.DecodeText(CollectionsMarshal.AsSpan(written));
            if (text.Contains(stop, StringComparison.Ordinal))
                return text[..text.IndexOf(stop, StringComparison.Ordinal)];
            if (written.Count == most || decoder.Position == decoder.Capacity)
                break;
            Step(id, wantLogits: true);
        }

        return tokenizer.DecodeText(CollectionsMarshal.AsSpan(written));
    }

    private int Likeliest(string name)
    {
        if (logits.AsSpan().ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity))
            throw new InputException($"{name} cannot be answered: the model's logits are not all numbers.");
        return likeliest.Draw(logits);
    }

    private int[] Ids(string prompt, EvaluationStart rule, string name)
    {
        try
        {
            int[] ids = tokenizer.Encode(prompt);
            return start is { } id && rule == EvaluationStart.Always ? [id, .. ids] : ids;
        }
        catch (InputException e)
        {
            throw new InputException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Goes back to what the prompt has in common with what the cache holds, and on from there.</summary>
    private void Feed(int[] ids)
    {
        int common = CollectionsMarshal.AsSpan(held).CommonPrefixLength(ids);
        // The last one's logits are wanted.
        common = Math.Min(common, ids.Length - 1);
        decoder.Rewind(common);
        held.RemoveRange(common, held.Count - common);
        SeenTokens += common;
        for (int i = common; i < ids.Length; i++)
            Step(ids[i], wantLogits: i == ids.Length - 1);
    }

    private void Step(int id, bool wantLogits)
    {
        decoder.Step([id], wantLogits ? logits : []);
        held.Add(id);
        ComputedTokens++;
        SeenTokens++;
    }
}

namespace Ilgpu.Pretrain.Generation;

/// <summary>
/// Continues prompts by sampling. When a sequence fills the cache, it slides: the cache is rebuilt from the last half of
/// its tokens, which from then on are the whole context.
/// </summary>
/// <remarks>
/// A sequence's tokens depend on its prompt, the seed and its number in the batch, not on the other sequences. One
/// continuation at a time: the next one resets the decoder.
/// </remarks>
public sealed class Generator(ITokenDecoder decoder)
{
    private readonly float[] logits = new float[decoder.Batch * decoder.Vocabulary];
    private readonly int[] step = new int[decoder.Batch];

    /// <summary>The new tokens of one sequence, each as soon as it is drawn; ends before <paramref name="end"/>.</summary>
    /// <param name="prompt">At least one id.</param>
    /// <param name="count">New tokens at most.</param>
    /// <param name="sampling">How to draw.</param>
    /// <param name="end">The id that ends the text; null for none.</param>
    /// <exception cref="InputException">The prompt is empty, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The decoder has more than one sequence.</exception>
    public IEnumerable<int> Continue(IReadOnlyList<int> prompt, int count, SamplingOptions sampling, int? end = null)
    {
        if (decoder.Batch != 1)
            throw new InvalidOperationException($"The decoder has {decoder.Batch} sequences: ask for all of them.");
        RequirePrompts([prompt], count);
        var sampler = new Sampler(sampling, decoder.Vocabulary);
        return Continue();

        IEnumerable<int> Continue()
        {
            List<int>[] sequence = [[.. prompt]];
            Feed(sequence);
            for (int drawn = 0; drawn < count; drawn++)
            {
                int id = sampler.Draw(logits);
                if (id == end)
                    yield break;
                yield return id;
                sequence[0].Add(id);
                if (drawn + 1 < count)
                    Advance(sequence);
            }
        }
    }

    /// <summary>The new tokens of each sequence, up to and without <paramref name="end"/>.</summary>
    /// <param name="prompts">One a sequence of the decoder, of equal lengths, at least one id each.</param>
    /// <param name="count">New tokens at most.</param>
    /// <param name="sampling">How to draw; each sequence has a random stream of its own.</param>
    /// <param name="end">The id that ends a text; null for none.</param>
    /// <exception cref="InputException">The prompts do not fit, or an option is out of range.</exception>
    public IReadOnlyList<int>[] ContinueAll(IReadOnlyList<IReadOnlyList<int>> prompts, int count, SamplingOptions sampling, int? end = null)
    {
        RequirePrompts(prompts, count);
        Sampler[] samplers = [.. prompts.Select((_, i) => new Sampler(sampling, decoder.Vocabulary, i))];
        List<int>[] sequences = [.. prompts.Select(prompt => new List<int>(prompt))];
        var ended = new int?[prompts.Count];
        Feed(sequences);
        for (int drawn = 0; drawn < count && ended.Contains(null); drawn++)
        {
            if (drawn > 0)
                Advance(sequences);
            for (int i = 0; i < sequences.Length; i++)
            {
                int id = samplers[i].Draw(LogitsOf(i));
                sequences[i].Add(id);
                if (id == end)
                    ended[i] ??= sequences[i].Count - 1;
            }
        }

        return [.. sequences.Select((sequence, i) =>
            sequence[prompts[i].Count..(ended[i] ?? sequence.Count)])];
    }

    private void RequirePrompts(IReadOnlyList<IReadOnlyList<int>> prompts, int count)
    {
        InputException.ThrowUnless(count >= 1, "--tokens", count, "a whole number from 1");
        if (prompts.Count != decoder.Batch)
            throw new InputException($"{prompts.Count} prompts are not one for each of {decoder.Batch} sequences.");
        foreach (IReadOnlyList<int> prompt in prompts)
        {
            if (prompt.Count == 0)
                throw new InputException("A prompt is empty; it has to have at least one token.");
            if (prompt.Count != prompts[0].Count)
                throw new InputException($"Prompts of one batch have equal lengths; they have {prompts[0].Count} and {prompt.Count} tokens.");
        }
    }

    /// <summary>Appends the sequences' last tokens; slides first where the cache is full.</summary>
    private void Advance(List<int>[] sequences)
    {
        if (decoder.Position == decoder.Capacity)
            Feed(sequences);
        else
            StepAt(sequences, sequences[0].Count - 1, wantLogits: true);
    }

    /// <summary>Fills the cache from the sequences: whole, or the last half of the capacity where they do not fit.</summary>
    private void Feed(List<int>[] sequences)
    {
        decoder.Reset();
        int length = sequences[0].Count;
        int first = length <= decoder.Capacity ? 0 : length - Math.Max(1, decoder.Capacity / 2);
        for (int position = first; position < length; position++)
            StepAt(sequences, position, wantLogits: position == length - 1);
    }

    private void StepAt(List<int>[] sequences, int position, bool wantLogits)
    {
        for (int i = 0; i < sequences.Length; i++)
            step[i] = sequences[i][position];
        decoder.Step(step, wantLogits ? logits : []);
    }

    private ReadOnlySpan<float> LogitsOf(int sequence) =>
        logits.AsSpan(sequence * decoder.Vocabulary, decoder.Vocabulary);
}

using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// From the members' hidden states at the scored tokens to the loss of each under every variant, chunk by chunk of tokens, and
/// where that is asked for to the token that each variant holds for the likeliest.
/// </summary>
internal sealed class ScoringHead : IDisposable
{
    private static readonly SamplingRule Likeliest = new(Temperature: 0, TopK: 0, TopP: 1);

    private readonly Matmul<float> matmul;
    private readonly CrossEntropy<float> crossEntropy;
    private readonly EnsembleCrossEntropy ensembleCrossEntropy;
    private readonly EnsembleLogits probabilities;
    private readonly Sampling sampling;
    private readonly Slab<float> slab;
    private readonly Slab<int> choices;
    private readonly Entries entries;
    private readonly SlabEntry choice;
    private readonly ScoreVariants variants;
    private readonly bool choosing;

    /// <param name="device">Where the hidden states and heads are.</param>
    /// <param name="members">How many.</param>
    /// <param name="mostEntries">Scored tokens of a batch at most.</param>
    /// <param name="vocabulary">Of every member.</param>
    /// <param name="choosing">Whether likeliest tokens are wanted.</param>
    /// <param name="rung">For tests; null for the best.</param>
    public ScoringHead(Device device, int members, int mostEntries, int vocabulary, bool choosing, Rung? rung)
    {
        variants = new ScoreVariants(members);
        this.choosing = choosing;
        matmul = Matmul.Create<float>(device, rung);
        crossEntropy = CrossEntropy.Create<float>(device, rung);
        ensembleCrossEntropy = EnsembleCrossEntropy.Create(device, rung);
        probabilities = EnsembleLogits.Create(device, EnsembleAveraging.Probabilities, rung);
        sampling = Sampling.Create(device, rung);
        SlabLayout layout = Layout(members, mostEntries, vocabulary, choosing, out entries);
        slab = new Slab<float>(device, layout);
        var choiceLayout = new SlabLayout();
        choice = choiceLayout.Reserve("choice", 1, entries.Logits.Rows);
        choices = new Slab<int>(device, choiceLayout);
        Losses = [.. Enumerable.Range(0, variants.Count).Select(_ => new float[mostEntries])];
        Choices = [.. Enumerable.Range(0, choosing ? variants.Count : 0).Select(_ => new int[mostEntries])];
    }

    /// <summary>Of each variant, the losses of the batch's entries, in nats.</summary>
    public float[][] Losses { get; }

    /// <summary>Of each variant, the likeliest token in each entry's place; <see cref="Sampling.NoId"/> where logits are no numbers. Empty where they are not wanted.</summary>
    public int[][] Choices { get; }

    /// <summary>Bytes of logits and losses.</summary>
    public static long Bytes(int members, int mostEntries, int vocabulary, bool choosing) => Layout(members, mostEntries, vocabulary, choosing, out _).Length * sizeof(float);

    /// <param name="hidden">Of each member, entries x its width.</param>
    /// <param name="heads">Of each member, vocabulary x its width.</param>
    /// <param name="targets">1 x entries.</param>
    public void Evaluate(IReadOnlyList<Tensor<float>> hidden, IReadOnlyList<Tensor<float>> heads, in Tensor<int> targets)
    {
        int step = entries.Logits.Rows;
        for (int first = 0; first < targets.Columns; first += step)
        {
            int count = Math.Min(step, targets.Columns - first);
            Tensor<float> logits = slab[entries.Logits].RowRange(0, count);
            Tensor<int> ofChunk = targets.Stretch(first, count);
            for (int k = 1; k <= heads.Count; k++)
            {
                matmul.Multiply(logits, hidden[k - 1].RowRange(first, count), heads[k - 1], MatmulLayout.NT);
                if (heads.Count == 1)
                    TakeSingle(first, logits, ofChunk);
                else
                    TakeMember(first, logits, ofChunk, k);
            }
        }
    }

    public void Dispose()
    {
        choices.Dispose();
        slab.Dispose();
    }

    private void TakeSingle(int first, in Tensor<float> logits, in Tensor<int> targets)
    {
        Tensor<float> losses = slab[entries.MemberLosses].Stretch(0, logits.Rows);
        crossEntropy.Forward(losses, logits, targets);
        losses.CopyTo(Losses[0].AsSpan(first, logits.Rows));
        Choose(0, first, logits);
    }

    private void TakeMember(int first, in Tensor<float> logits, in Tensor<int> targets, int k)
    {
        int count = logits.Rows;
        (ScoredBy By, Tensor<float> Losses)[] kinds =
        [
            (ScoredBy.Member, slab[entries.MemberLosses].Stretch(0, count)),
            (ScoredBy.LogitAverage, slab[entries.LogitLosses!].Stretch(0, count)),
            (ScoredBy.ProbabilityAverage, slab[entries.ProbabilityLosses!].Stretch(0, count)),
        ];
        Tensor<float> logitSum = slab[entries.LogitSum!].RowRange(0, count);
        ensembleCrossEntropy.Accumulate(kinds[0].Losses, kinds[1].Losses, kinds[2].Losses, logitSum, slab[entries.LogProbabilitySum!].Stretch(0, count), logits, targets, k);
        foreach ((ScoredBy by, Tensor<float> losses) in kinds)
            losses.CopyTo(Losses[variants[by, k]].AsSpan(first, count));
        if (!choosing)
            return;
        Tensor<float> probabilitySum = slab[entries.ProbabilitySum!].RowRange(0, count);
        probabilities.Accumulate(probabilitySum, logits, k);
        // A sum has its largest element where the mean has it.
        Choose(variants[ScoredBy.Member, k], first, logits);
        Choose(variants[ScoredBy.LogitAverage, k], first, logitSum);
        Choose(variants[ScoredBy.ProbabilityAverage, k], first, probabilitySum);
    }

    private void Choose(int variant, int first, in Tensor<float> scores)
    {
        if (!choosing)
            return;
        Tensor<int> ids = choices[choice].Stretch(0, scores.Rows);
        sampling.Draw(ids, scores, slab[entries.Scratch!].RowRange(0, scores.Rows), Likeliest, default);
        ids.CopyTo(Choices[variant].AsSpan(first, scores.Rows));
    }

    private static SlabLayout Layout(int members, int mostEntries, int vocabulary, bool choosing, out Entries entries)
    {
        var layout = new SlabLayout();
        int chunk = OutputHead.ChunkTokens(mostEntries, vocabulary);
        bool several = members > 1;
        entries = new Entries(
            layout.Reserve("logits", chunk, vocabulary),
            layout.Reserve("member_losses", 1, chunk),
            several ? layout.Reserve("logit_losses", 1, chunk) : null,
            several ? layout.Reserve("probability_losses", 1, chunk) : null,
            several ? layout.Reserve("logit_sum", chunk, vocabulary) : null,
            several ? layout.Reserve("log_probability_sum", 1, chunk) : null,
            several && choosing ? layout.Reserve("probability_sum", chunk, vocabulary) : null,
            choosing ? layout.Reserve("scratch", chunk, vocabulary) : null);
        return layout;
    }

    private sealed record Entries(
        SlabEntry Logits,
        SlabEntry MemberLosses,
        SlabEntry? LogitLosses,
        SlabEntry? ProbabilityLosses,
        SlabEntry? LogitSum,
        SlabEntry? LogProbabilitySum,
        SlabEntry? ProbabilitySum,
        SlabEntry? Scratch);
}

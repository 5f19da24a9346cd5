using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// From the members' final hidden states to the losses of every member and of the first K together, chunk by chunk of
/// tokens: the logits of one chunk and one member, and the sum over members, are all that exists of them.
/// </summary>
internal sealed class EnsembleHead : IDisposable
{
    private readonly Matmul<float> matmul;
    private readonly EnsembleCrossEntropy crossEntropy;
    private readonly Slab<float> slab;
    private readonly Tensor<float> logits;
    private readonly Tensor<float> logitSum;
    private readonly Tensor<float> logProbabilitySum;
    private readonly Tensor<float>[] memberLosses;
    private readonly Tensor<float>[] logitLosses;
    private readonly Tensor<float>[] probabilityLosses;

    /// <param name="device">Where the hidden states and heads are.</param>
    /// <param name="members">How many.</param>
    /// <param name="tokens">Of a batch.</param>
    /// <param name="vocabulary">Of every member.</param>
    /// <param name="rung">For tests; null for the best.</param>
    public EnsembleHead(Device device, int members, int tokens, int vocabulary, Rung? rung)
    {
        matmul = Matmul.Create<float>(device, rung);
        crossEntropy = EnsembleCrossEntropy.Create(device, rung);
        SlabLayout layout = Layout(members, tokens, vocabulary, out Entries entries);
        slab = new Slab<float>(device, layout);
        logits = slab[entries.Logits];
        logitSum = slab[entries.LogitSum];
        logProbabilitySum = slab[entries.LogProbabilitySum];
        memberLosses = [.. entries.MemberLosses.Select(entry => slab[entry])];
        logitLosses = [.. entries.LogitLosses.Select(entry => slab[entry])];
        probabilityLosses = [.. entries.ProbabilityLosses.Select(entry => slab[entry])];
    }

    /// <summary>Bytes of device memory.</summary>
    public static long Bytes(int members, int tokens, int vocabulary) =>
        Layout(members, tokens, vocabulary, out _).Length * sizeof(float);

    /// <param name="hidden">Of each member, tokens x its width.</param>
    /// <param name="heads">Of each member, vocabulary x its width.</param>
    /// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
    /// <param name="sums">Take in the losses.</param>
    public void AddLosses(IReadOnlyList<Tensor<float>> hidden, IReadOnlyList<Tensor<float>> heads, in Tensor<int> targets, EnsembleLossSums sums)
    {
        int tokens = targets.Columns;
        for (int first = 0; first < tokens; first += logits.Rows)
        {
            int count = Math.Min(logits.Rows, tokens - first);
            Tensor<float> chunk = logits.RowRange(0, count);
            for (int member = 0; member < heads.Count; member++)
            {
                matmul.Multiply(chunk, hidden[member].RowRange(first, count), heads[member], MatmulLayout.NT);
                crossEntropy.Accumulate(
                    memberLosses[member].Stretch(first, count),
                    logitLosses[member].Stretch(first, count),
                    probabilityLosses[member].Stretch(first, count),
                    logitSum.RowRange(0, count),
                    logProbabilitySum.Stretch(0, count),
                    chunk,
                    targets.Stretch(first, count),
                    member + 1);
            }
        }

        for (int member = 0; member < heads.Count; member++)
        {
            sums.AddMember(member, memberLosses[member].Stretch(0, tokens));
            sums.AddLogitAverage(member, logitLosses[member].Stretch(0, tokens));
            sums.AddProbabilityAverage(member, probabilityLosses[member].Stretch(0, tokens));
        }
    }

    public void Dispose() => slab.Dispose();

    private static SlabLayout Layout(int members, int tokens, int vocabulary, out Entries entries)
    {
        var layout = new SlabLayout();
        int chunk = OutputHead.ChunkTokens(tokens, vocabulary);
        entries = new Entries(
            layout.Reserve("logits", chunk, vocabulary),
            layout.Reserve("logit_sum", chunk, vocabulary),
            layout.Reserve("log_probability_sum", 1, chunk),
            Losses("member"),
            Losses("logit_average"),
            Losses("probability_average"));
        return layout;

        SlabEntry[] Losses(string kind) =>
            [.. Enumerable.Range(0, members).Select(member => layout.Reserve($"{kind}_losses.{member}", 1, tokens))];
    }

    private sealed record Entries(
        SlabEntry Logits,
        SlabEntry LogitSum,
        SlabEntry LogProbabilitySum,
        SlabEntry[] MemberLosses,
        SlabEntry[] LogitLosses,
        SlabEntry[] ProbabilityLosses);
}

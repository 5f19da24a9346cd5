using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// From the members' final hidden states to the losses of every member and of the first K together, chunk by chunk of
/// tokens: the logits of one chunk and one member, and the sum over members, are all that exists of them. Where more than one
/// order of the members is asked for, the chunk's logits of all members are kept and added up in each.
/// </summary>
internal sealed class EnsembleHead : IDisposable
{
    private readonly Matmul<float> matmul;
    private readonly EnsembleCrossEntropy crossEntropy;
    private readonly Slab<float> slab;
    private readonly Tensor<float>[] logits;
    private readonly Tensor<float> logitSum;
    private readonly Tensor<float> logProbabilitySum;
    private readonly Tensor<float>[] memberLosses;
    private readonly Tensor<float>[][] logitLosses;
    private readonly Tensor<float>[][] probabilityLosses;
    private readonly int orders;

    /// <param name="device">Where the hidden states and heads are.</param>
    /// <param name="members">How many.</param>
    /// <param name="tokens">Of a batch.</param>
    /// <param name="vocabulary">Of every member.</param>
    /// <param name="orders">Orders that members are taken in, rotations of the given one; at most as many as members.</param>
    /// <param name="rung">For tests; null for the best.</param>
    public EnsembleHead(Device device, int members, int tokens, int vocabulary, int orders, Rung? rung)
    {
        this.orders = orders;
        matmul = Matmul.Create<float>(device, rung);
        crossEntropy = EnsembleCrossEntropy.Create(device, rung);
        SlabLayout layout = Layout(members, tokens, vocabulary, orders, out Entries entries);
        slab = new Slab<float>(device, layout);
        logits = [.. entries.Logits.Select(entry => slab[entry])];
        logitSum = slab[entries.LogitSum];
        logProbabilitySum = slab[entries.LogProbabilitySum];
        memberLosses = [.. entries.MemberLosses.Select(entry => slab[entry])];
        logitLosses = [.. entries.LogitLosses.Select(order => order.Select(entry => slab[entry]).ToArray())];
        probabilityLosses = [.. entries.ProbabilityLosses.Select(order => order.Select(entry => slab[entry]).ToArray())];
    }

    /// <summary>Bytes of device memory.</summary>
    public static long Bytes(int members, int tokens, int vocabulary, int orders) =>
        Layout(members, tokens, vocabulary, orders, out _).Length * sizeof(float);

    /// <param name="hidden">Of each member, tokens x its width.</param>
    /// <param name="heads">Of each member, vocabulary x its width.</param>
    /// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
    /// <param name="sums">Take in the losses.</param>
    public void AddLosses(IReadOnlyList<Tensor<float>> hidden, IReadOnlyList<Tensor<float>> heads, in Tensor<int> targets, EnsembleLossSums sums)
    {
        int tokens = targets.Columns;
        for (int first = 0; first < tokens; first += logitSum.Rows)
        {
            int count = Math.Min(logitSum.Rows, tokens - first);
            for (int order = 0; order < orders; order++)
            {
                for (int k = 1; k <= heads.Count; k++)
                {
                    int member = (FirstMember(order, heads.Count) + k - 1) % heads.Count;
                    Tensor<float> chunk = logits[orders == 1 ? 0 : member].RowRange(0, count);
                    if (order == 0)
                        matmul.Multiply(chunk, hidden[member].RowRange(first, count), heads[member], MatmulLayout.NT);
                    crossEntropy.Accumulate(
                        memberLosses[member].Stretch(first, count),
                        logitLosses[order][k - 1].Stretch(first, count),
                        probabilityLosses[order][k - 1].Stretch(first, count),
                        logitSum.RowRange(0, count),
                        logProbabilitySum.Stretch(0, count),
                        chunk,
                        targets.Stretch(first, count),
                        k);
                }
            }
        }

        for (int member = 0; member < heads.Count; member++)
        {
            sums.AddMember(member, memberLosses[member].Stretch(0, tokens));
            for (int order = 0; order < orders; order++)
            {
                sums.AddLogitAverage(order, member, logitLosses[order][member].Stretch(0, tokens));
                sums.AddProbabilityAverage(order, member, probabilityLosses[order][member].Stretch(0, tokens));
            }
        }
    }

    public void Dispose() => slab.Dispose();

    /// <summary>Where an order starts: they are spread evenly over the members.</summary>
    private int FirstMember(int order, int members) => order * members / orders;

    private static SlabLayout Layout(int members, int tokens, int vocabulary, int orders, out Entries entries)
    {
        var layout = new SlabLayout();
        int chunk = OutputHead.ChunkTokens(tokens, vocabulary);
        entries = new Entries(
            [.. Enumerable.Range(0, orders == 1 ? 1 : members).Select(member => layout.Reserve($"logits.{member}", chunk, vocabulary))],
            layout.Reserve("logit_sum", chunk, vocabulary),
            layout.Reserve("log_probability_sum", 1, chunk),
            Losses("member"),
            [.. Enumerable.Range(0, orders).Select(order => Losses($"logit_average.{order}"))],
            [.. Enumerable.Range(0, orders).Select(order => Losses($"probability_average.{order}"))]);
        return layout;

        SlabEntry[] Losses(string kind) =>
            [.. Enumerable.Range(0, members).Select(member => layout.Reserve($"{kind}_losses.{member}", 1, tokens))];
    }

    private sealed record Entries(
        SlabEntry[] Logits,
        SlabEntry LogitSum,
        SlabEntry LogProbabilitySum,
        SlabEntry[] MemberLosses,
        SlabEntry[][] LogitLosses,
        SlabEntry[][] ProbabilityLosses);
}

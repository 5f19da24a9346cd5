using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// From the members' final hidden states to each member's losses and to the loss of their weighted logits with its
/// derivatives in the weights, chunk by chunk of tokens, of which all members' logits exist at once.
/// </summary>
internal sealed class MixtureHead : IDisposable
{
    private readonly Matmul<float> matmul;
    private readonly CrossEntropy<float> crossEntropy;
    private readonly LogitMixture mixture;
    private readonly Slab<float> slab;
    private readonly Tensor<float> logits;
    private readonly Tensor<float> scratch;
    private readonly Tensor<float> weightsOnDevice;
    private readonly Tensor<float>[] memberLossesOnDevice;
    private readonly Tensor<float> lossesOnDevice;
    private readonly Tensor<float> gradientsOnDevice;
    private readonly Tensor<float> curvaturesOnDevice;

    public MixtureHead(Device device, int members, int tokens, int vocabulary, Rung? rung)
    {
        matmul = Matmul.Create<float>(device, rung);
        crossEntropy = CrossEntropy.Create<float>(device, rung);
        mixture = LogitMixture.Create(device, rung);
        SlabLayout layout = Layout(members, tokens, vocabulary, out Entries entries);
        slab = new Slab<float>(device, layout);
        logits = slab[entries.Logits];
        scratch = slab[entries.Scratch];
        weightsOnDevice = slab[entries.Weights];
        memberLossesOnDevice = [.. entries.MemberLosses.Select(entry => slab[entry])];
        lossesOnDevice = slab[entries.Losses];
        gradientsOnDevice = slab[entries.Gradients];
        curvaturesOnDevice = slab[entries.Curvatures];
        MemberLosses = [.. memberLossesOnDevice.Select(_ => new float[tokens])];
        Losses = new float[tokens];
        Gradients = new float[tokens * members];
        Curvatures = new float[tokens * LogitMixture.Pairs(members)];
    }

    /// <summary>Of the batch: each member's losses, one a token; 0 where there is no target.</summary>
    public float[][] MemberLosses { get; }

    /// <summary>Of the batch's tokens.</summary>
    public float[] Losses { get; }

    /// <summary>Tokens x members.</summary>
    public float[] Gradients { get; }

    /// <summary>Tokens x <see cref="LogitMixture.Pairs"/>.</summary>
    public float[] Curvatures { get; }

    /// <summary>Bytes of device memory.</summary>
    public static long Bytes(int members, int tokens, int vocabulary) =>
        Layout(members, tokens, vocabulary, out _).Length * sizeof(float);

    /// <summary>Works out a batch.</summary>
    /// <param name="hidden">Of each member, tokens x its width.</param>
    /// <param name="heads">Of each member, vocabulary x its width.</param>
    /// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
    /// <param name="weights">Of the members.</param>
    public void Evaluate(IReadOnlyList<Tensor<float>> hidden, IReadOnlyList<Tensor<float>> heads, in Tensor<int> targets, double[] weights)
    {
        weightsOnDevice.CopyFrom(Array.ConvertAll(weights, weight => (float)weight));
        for (int first = 0; first < targets.Columns; first += scratch.Rows)
        {
            int count = Math.Min(scratch.Rows, targets.Columns - first);
            for (int member = 0; member < heads.Count; member++)
            {
                Tensor<float> chunk = logits.RowRange(member * count, count);
                matmul.Multiply(chunk, hidden[member].RowRange(first, count), heads[member], MatmulLayout.NT);
                crossEntropy.Forward(memberLossesOnDevice[member].Stretch(first, count), chunk, targets.Stretch(first, count));
            }

            mixture.Evaluate(
                lossesOnDevice.Stretch(first, count),
                gradientsOnDevice.RowRange(first, count),
                curvaturesOnDevice.RowRange(first, count),
                scratch.RowRange(0, count),
                logits.RowRange(0, heads.Count * count),
                weightsOnDevice,
                targets.Stretch(first, count));
        }

        for (int member = 0; member < heads.Count; member++)
            memberLossesOnDevice[member].CopyTo(MemberLosses[member]);
        lossesOnDevice.CopyTo(Losses);
        gradientsOnDevice.CopyTo(Gradients);
        curvaturesOnDevice.CopyTo(Curvatures);
    }

    public void Dispose() => slab.Dispose();

    private static SlabLayout Layout(int members, int tokens, int vocabulary, out Entries entries)
    {
        var layout = new SlabLayout();
        int chunk = OutputHead.ChunkTokens(tokens, vocabulary);
        entries = new Entries(
            layout.Reserve("logits", checked(members * chunk), vocabulary),
            layout.Reserve("mixture", chunk, vocabulary),
            layout.Reserve("weights", 1, members),
            [.. Enumerable.Range(0, members).Select(member => layout.Reserve($"member_losses.{member}", 1, tokens))],
            layout.Reserve("losses", 1, tokens),
            layout.Reserve("gradients", tokens, members),
            layout.Reserve("curvatures", tokens, LogitMixture.Pairs(members)));
        return layout;
    }

    private sealed record Entries(
        SlabEntry Logits,
        SlabEntry Scratch,
        SlabEntry Weights,
        SlabEntry[] MemberLosses,
        SlabEntry Losses,
        SlabEntry Gradients,
        SlabEntry Curvatures);
}

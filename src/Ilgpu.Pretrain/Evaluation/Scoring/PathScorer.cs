using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// Scores paths in batches, by every member and by their averages in one pass. A token's loss depends on the tokens before it
/// and not on the batch, to the bit on CPUs; what paths of one batch begin with alike is computed once.
/// </summary>
internal sealed class PathScorer : IDisposable
{
    private readonly ScoringPass[] passes;
    private readonly Tensor<float>[] heads;
    private readonly Tensor<float>[] hidden;
    private readonly TreeOnDevice onDevice;
    private readonly ScoringHead head;
    private readonly TreeLimits limits;
    private readonly PrefixTree tree = new();
    private readonly List<TokenPath> batch = [];

    /// <param name="models">One at least, of one vocabulary, on one device; they have to outlive this.</param>
    /// <param name="batchTokens">Tokens that are computed at a time, or one path's if that is longer.</param>
    /// <param name="longest">Tokens that a path has the models see at most.</param>
    /// <param name="choosing">Whether likeliest tokens are wanted.</param>
    /// <exception cref="InputException">It takes more memory than there is beside the models.</exception>
    public PathScorer(IReadOnlyList<LlamaModel> models, int batchTokens, int longest, bool choosing = false)
    {
        Device device = models[0].Device;
        limits = TreeLimits.Of(batchTokens, longest);
        EvaluationMemory.Require(models, Bytes(models, limits, choosing), FormattableString.Invariant($"Activations of {limits.Rows} tokens"), "a smaller --batch-tokens, a shorter --length, or fewer models");
        passes = [.. models.Select(model => new ScoringPass(model, limits, longest))];
        heads = [.. models.Select(model => model.Weights.Head)];
        hidden = new Tensor<float>[models.Count];
        onDevice = new TreeOnDevice(device, limits);
        head = new ScoringHead(device, models.Count, limits.Entries, models[0].Config.Vocabulary, choosing, models[0].Options.Rung);
    }

    /// <summary>Tokens that went through the models so far: without those that were shared.</summary>
    public long ComputedTokens { get; private set; }

    /// <summary>Tokens that paths had the models see so far.</summary>
    public long SeenTokens { get; private set; }

    /// <param name="paths">In an order that has those with one beginning side by side.</param>
    /// <param name="visitor">Is shown each.</param>
    /// <param name="cancellation">Stops it.</param>
    public void Run(IEnumerable<TokenPath> paths, PathVisitor visitor, CancellationToken cancellation)
    {
        foreach (TokenPath path in paths)
        {
            if (!TryAdd(path))
            {
                Flush(visitor, cancellation);
                if (!TryAdd(path))
                    throw new ArgumentException($"A path of {path.Length} tokens is longer than was planned for.", nameof(paths));
            }

            batch.Add(path);
        }

        Flush(visitor, cancellation);
    }

    public void Dispose()
    {
        head.Dispose();
        onDevice.Dispose();
        foreach (ScoringPass pass in passes)
            pass.Dispose();
    }

    private static long Bytes(IReadOnlyList<LlamaModel> models, TreeLimits limits, bool choosing) =>
        models.Sum(model => ScoringMemory.Bytes(model.Config, limits))
        + ScoringHead.Bytes(models.Count, limits.Entries, models[0].Config.Vocabulary, choosing);

    private bool TryAdd(TokenPath path) => tree.TryAdd(path, limits.Rows, limits.Cells, limits.Entries);

    private void Flush(PathVisitor visitor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (batch.Count == 0)
            return;
        tree.LayOut();
        onDevice.Take(tree);
        for (int member = 0; member < passes.Length; member++)
            hidden[member] = passes[member].Run(onDevice);
        head.Evaluate(hidden, heads, onDevice.EntryTokens);
        ComputedTokens += tree.RowTokens.Count;
        ReadOnlySpan<int> entries = CollectionsMarshal.AsSpan(tree.PathEntries);
        foreach (TokenPath path in batch)
        {
            SeenTokens += path.Length;
            visitor(path, entries[..path.Scored], head);
            entries = entries[path.Scored..];
        }

        batch.Clear();
        tree.Clear();
    }
}

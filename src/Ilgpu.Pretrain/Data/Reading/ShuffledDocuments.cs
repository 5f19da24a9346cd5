namespace Ilgpu.Pretrain.Data;

/// <summary>Documents permuted, put one after the other and cut into windows: 20 bytes a document.</summary>
internal sealed class ShuffledDocuments : EpochSequence
{
    private readonly TokenSpan part;
    private readonly long[] bounds;
    private readonly int length;
    private readonly int[] order;

    /// <summary>Where the documents begin within the epoch, in its order.</summary>
    private readonly long[] starts;

    /// <param name="part">What the documents are cut from.</param>
    /// <param name="bounds">Where each begins and where the last ends, rising; kept, not copied.</param>
    /// <param name="length">Tokens that a window predicts.</param>
    public ShuffledDocuments(TokenSpan part, long[] bounds, int length)
    {
        this.part = part;
        this.bounds = bounds;
        this.length = length;
        order = new int[bounds.Length - 1];
        starts = new long[order.Length];
    }

    public override void Draw(SplitMix64 random)
    {
        random.Permute(order);
        long start = 0;
        for (int i = 0; i < order.Length; i++)
        {
            starts[i] = start;
            start += bounds[order[i] + 1] - bounds[order[i]];
        }
    }

    public override void Read(int number, Span<int> ids)
    {
        long start = (long)number * length;
        int found = Array.BinarySearch(starts, start);
        int place = found >= 0 ? found : ~found - 1;
        long skipped = start - starts[place];
        while (!ids.IsEmpty)
        {
            int document = order[place];
            long first = bounds[document] + skipped;
            int count = (int)Math.Min(ids.Length, bounds[document + 1] - first);
            part.Read(first, ids[..count]);
            ids = ids[count..];
            skipped = 0;
            place++;
        }
    }
}

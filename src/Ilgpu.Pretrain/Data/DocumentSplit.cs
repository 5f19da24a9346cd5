namespace Ilgpu.Pretrain.Data;

/// <summary>Which documents are for training and which for validation, and in which order.</summary>
/// <param name="Train">Indices of documents.</param>
/// <param name="Validation">The other indices.</param>
internal sealed record DocumentSplit(int[] Train, int[] Validation)
{
    /// <summary>
    /// Groups of documents in a seeded order; the first of them are held out, until they come nearest to the share of all
    /// bytes, one at least and not all. Counted in bytes and not in tokens, so that every tokenizer gets the same split.
    /// The documents of each part are put into a seeded order of their own, so that the first ones are a random sample.
    /// </summary>
    /// <param name="bytes">Of each document.</param>
    /// <param name="groups">Of each document, rising from 0; two groups at least.</param>
    /// <param name="validationShare">In (0, 1).</param>
    /// <param name="seed">Of the orders.</param>
    public static DocumentSplit Draw(IReadOnlyList<long> bytes, IReadOnlyList<int> groups, double validationShare, ulong seed)
    {
        var groupBytes = new long[groups[^1] + 1];
        for (int document = 0; document < bytes.Count; document++)
            groupBytes[groups[document]] += bytes[document];

        int[] order = Shuffled(groupBytes.Length, SplitMix64.Of(seed, 0));
        double wanted = validationShare * groupBytes.Sum();
        long held = groupBytes[order[0]];
        int taken = 1;
        while (taken < order.Length - 1 && held + (groupBytes[order[taken]] / 2.0) <= wanted)
            held += groupBytes[order[taken++]];

        var heldOut = new bool[groupBytes.Length];
        foreach (int group in order.AsSpan(0, taken))
            heldOut[group] = true;
        int[] documents = Shuffled(bytes.Count, SplitMix64.Of(seed, 1));
        return new DocumentSplit(
            [.. documents.Where(document => !heldOut[groups[document]])],
            [.. documents.Where(document => heldOut[groups[document]])]);
    }

    private static int[] Shuffled(int count, SplitMix64 random)
    {
        var order = new int[count];
        random.Permute(order);
        return order;
    }
}

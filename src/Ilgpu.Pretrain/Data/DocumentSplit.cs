namespace Ilgpu.Pretrain.Data;

/// <summary>Which documents are for training and which for validation, and in which order.</summary>
/// <param name="Train">Indices of documents.</param>
/// <param name="Validation">The other indices.</param>
internal sealed record DocumentSplit(int[] Train, int[] Validation)
{
    /// <summary>
    /// Documents in a seeded order; the first of them are held out, until they come nearest to the share of all bytes.
    /// Counted in bytes and not in tokens, so that every tokenizer gets the same split. Each part gets one document at least.
    /// </summary>
    /// <param name="bytes">Of each document; two documents at least.</param>
    /// <param name="validationShare">In (0, 1).</param>
    /// <param name="seed">Of the order.</param>
    public static DocumentSplit Draw(IReadOnlyList<long> bytes, double validationShare, ulong seed)
    {
        var order = new int[bytes.Count];
        SplitMix64 random = SplitMix64.Of(seed, 0);
        random.Permute(order);

        double wanted = validationShare * bytes.Sum();
        long held = bytes[order[0]];
        int documents = 1;
        while (documents < order.Length - 1 && held + (bytes[order[documents]] / 2.0) <= wanted)
            held += bytes[order[documents++]];
        return new DocumentSplit(order[documents..], order[..documents]);
    }
}

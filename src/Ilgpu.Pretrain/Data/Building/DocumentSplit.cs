namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Which documents are for training and which for validation, and in which order. No text is in both: documents of the
/// same text are in the same part.
/// </summary>
/// <param name="Train">Indices of documents.</param>
/// <param name="Validation">Others.</param>
/// <param name="Duplicates">Documents left out, since another one has the same text.</param>
internal sealed record DocumentSplit(int[] Train, int[] Validation, long Duplicates)
{
    /// <summary>
    /// Groups of documents in a seeded order; the first of them are held out, until they come nearest to the share of all
    /// bytes, one at least and not all. Counted in bytes and not in tokens, so that every tokenizer gets the same split.
    /// The documents of each part are put into a seeded order of their own, so that the first ones are a random sample.
    /// </summary>
    /// <param name="documents">Of two groups at least.</param>
    /// <param name="validationShare">In (0, 1).</param>
    /// <param name="seed">Of the orders.</param>
    /// <param name="deduplicate">Whether of documents of the same text only the first is kept.</param>
    /// <exception cref="InputException">All documents have the same text.</exception>
    public static DocumentSplit Draw(DocumentIndex documents, double validationShare, ulong seed, bool deduplicate)
    {
        int[] firstAlike = FirstAlike(documents.Hashes);
        bool[] kept = [.. firstAlike.Select((first, document) => !deduplicate || first == document)];
        int[] groups = JoinedGroups(documents.Groups, firstAlike);
        int count = groups.Max() + 1;
        if (count < 2)
            throw new InputException($"source: all {documents.Count} documents belong together or have the same text, which cannot be split into training and validation");

        var groupBytes = new long[count];
        for (int document = 0; document < documents.Count; document++)
            groupBytes[groups[document]] += kept[document] ? documents.TextBytes[document] : 0;
        bool[] heldOut = HeldOut(groupBytes, validationShare, seed);
        int[] order = [.. Shuffled(documents.Count, SplitMix64.Of(seed, 1)).Where(document => kept[document])];
        return new DocumentSplit(
            [.. order.Where(document => !heldOut[groups[document]])],
            [.. order.Where(document => heldOut[groups[document]])],
            kept.LongCount(isKept => !isKept));
    }

    /// <summary>The split that was given, each part in a seeded order.</summary>
    /// <param name="documents">Those given for validation behind the others.</param>
    /// <param name="seed">Of the orders.</param>
    /// <param name="deduplicate">Whether texts that stand in both parts, or more than once in one, are kept once; in validation rather than in training.</param>
    /// <exception cref="InputException">A text stands in both parts and is to stay, or a part has no documents.</exception>
    public static DocumentSplit Given(DocumentIndex documents, ulong seed, bool deduplicate)
    {
        int first = documents.FirstGivenForValidation ?? throw new ArgumentException("No split was given.", nameof(documents));
        int[] firstAlike = FirstAlike(documents.Hashes);
        HashSet<int> inBoth = [.. Enumerable.Range(first, documents.Count - first).Select(document => firstAlike[document]).Where(alike => alike < first)];
        if (inBoth.Count > 0 && !deduplicate)
            throw new InputException($"--validation: {inBoth.Count} of its texts stand in the training text too, the first as document {inBoth.Min() + 1} there; --deduplicate leaves them out of training");

        var seen = new HashSet<int>();
        bool Keep(int document) =>
            !deduplicate || (document < first ? !inBoth.Contains(firstAlike[document]) && firstAlike[document] == document : seen.Add(firstAlike[document]));
        bool[] kept = [.. Enumerable.Range(0, documents.Count).Select(Keep)];
        int[] order = [.. Shuffled(documents.Count, SplitMix64.Of(seed, 1)).Where(document => kept[document])];
        var split = new DocumentSplit(
            [.. order.Where(document => document < first)],
            [.. order.Where(document => document >= first)],
            kept.LongCount(isKept => !isKept));
        return split.Train.Length > 0
            ? split
            : throw new InputException("source: every text of it is among the validation texts, so nothing is left to train on");
    }

    private static bool[] HeldOut(long[] groupBytes, double validationShare, ulong seed)
    {
        int[] order = Shuffled(groupBytes.Length, SplitMix64.Of(seed, 0));
        double wanted = validationShare * groupBytes.Sum();
        long held = groupBytes[order[0]];
        int taken = 1;
        while (taken < order.Length - 1 && held + (groupBytes[order[taken]] / 2.0) <= wanted)
            held += groupBytes[order[taken++]];

        var heldOut = new bool[groupBytes.Length];
        foreach (int group in order.AsSpan(0, taken))
            heldOut[group] = true;
        return heldOut;
    }

    /// <summary>For each document the first one of the same text: itself where there is none before it.</summary>
    private static int[] FirstAlike(IReadOnlyList<UInt128> hashes)
    {
        int[] byHash = [.. Enumerable.Range(0, hashes.Count)];
        byHash.AsSpan().Sort((one, other) => hashes[one] != hashes[other] ? hashes[one].CompareTo(hashes[other]) : one.CompareTo(other));
        var first = new int[hashes.Count];
        for (int i = 0; i < byHash.Length; i++)
            first[byHash[i]] = i > 0 && hashes[byHash[i - 1]] == hashes[byHash[i]] ? first[byHash[i - 1]] : byHash[i];
        return first;
    }

    /// <summary>Groups that share a text become one; numbered by their first documents.</summary>
    private static int[] JoinedGroups(IReadOnlyList<int> groups, int[] firstAlike)
    {
        int[] parent = [.. Enumerable.Range(0, groups[^1] + 1)];
        int Root(int group)
        {
            while (parent[group] != group)
                group = parent[group] = parent[parent[group]];
            return group;
        }

        for (int document = 0; document < groups.Count; document++)
        {
            int one = Root(groups[document]);
            int other = Root(groups[firstAlike[document]]);
            parent[Math.Max(one, other)] = Math.Min(one, other);
        }

        var number = new Dictionary<int, int>();
        return [.. groups.Select(group =>
        {
            number.TryAdd(Root(group), number.Count);
            return number[Root(group)];
        })];
    }

    private static int[] Shuffled(int count, SplitMix64 random)
    {
        var order = new int[count];
        random.Permute(order);
        return order;
    }
}

using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): merges the neighbours of the lowest rank, the leftmost
/// of those, until no rule is left. Immutable: one instance serves many threads.
/// </summary>
internal sealed class PairMerger(PairTable pairs)
{
    /// <summary>Up to here a scan for the lowest rank is faster than a queue.</summary>
    public const int LongestScan = 96;

    /// <summary>Merges ids in place.</summary>
    /// <returns>How many are left, from the start of <paramref name="ids"/>.</returns>
    public int Merge(Span<int> ids) => ids.Length <= LongestScan ? MergeByScan(ids) : MergeByQueue(ids);

    [SkipLocalsInit]
    internal int MergeByScan(Span<int> ids)
    {
        int count = ids.Length;
        Span<ulong> merges = stackalloc ulong[LongestScan];
        for (int i = 0; i + 1 < count; i++)
            merges[i] = pairs.Find(ids[i], ids[i + 1]);
        while (count > 1)
        {
            int best = 0;
            ulong lowest = merges[0];
            for (int i = 1; i < count - 1; i++)
            {
                // By rank alone: of equal ranks the leftmost, whatever it becomes.
                if (merges[i] >> 32 < lowest >> 32)
                {
                    lowest = merges[i];
                    best = i;
                }
            }

            if (lowest == PairTable.None)
                break;
            ids[best] = PairTable.Result(lowest);
            count--;
            for (int i = best + 1; i < count; i++)
            {
                ids[i] = ids[i + 1];
                merges[i - 1] = merges[i];
            }

            if (best > 0)
                merges[best - 1] = pairs.Find(ids[best - 1], ids[best]);
            if (best + 1 < count)
                merges[best] = pairs.Find(ids[best], ids[best + 1]);
        }

        return count;
    }

    /// <summary>A queue of merges over a linked list: n log n for pieces without end, as a file of one letter.</summary>
    internal int MergeByQueue(Span<int> ids)
    {
        int count = ids.Length;
        var merges = new ulong[count];
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<(int Position, ulong Merge), ulong>();
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (int i = 0; i < count; i++)
            Look(i, ids);
        while (queue.TryDequeue(out (int Position, ulong Merge) lowest, out _))
        {
            (int at, ulong merge) = lowest;
            if (merges[at] != merge)
                continue;
            int absorbed = next[at];
            ids[at] = PairTable.Result(merge);
            merges[absorbed] = PairTable.None;
            next[at] = next[absorbed];
            if (next[at] < count)
                previous[next[at]] = at;
            Look(at, ids);
            if (previous[at] >= 0)
                Look(previous[at], ids);
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i])
            ids[kept++] = ids[i];
        return kept;

        void Look(int at, Span<int> of)
        {
            merges[at] = next[at] < count ? pairs.Find(of[at], of[next[at]]) : PairTable.None;
            if (merges[at] != PairTable.None)
                queue.Enqueue((at, merges[at]), ((ulong)PairTable.Rank(merges[at]) << 32) | (uint)at);
        }
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>What two neighbouring tokens become, and how early: a hash table with open addressing.</summary>
internal sealed class PairTable
{
    /// <summary>The merge of a pair that is not merged: it comes after every other.</summary>
    public const ulong None = ulong.MaxValue;

    private const int SlotsPerPair = 2;
    private const ulong Scatter = 0x9E3779B97F4A7C15;

    private readonly Slot[] slots;
    private readonly int shift;

    /// <param name="merges">No pair twice.</param>
    public PairTable(IReadOnlyCollection<BytePairMerge> merges)
    {
        uint size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, merges.Count) * SlotsPerPair);
        slots = new Slot[size];
        shift = 64 - BitOperations.Log2(size);
        foreach (BytePairMerge merge in merges)
        {
            ulong key = Key(merge.Left, merge.Right);
            int at = (int)((key * Scatter) >> shift);
            while (slots[at].Key != 0)
                at = (at + 1) & (slots.Length - 1);
            slots[at] = new Slot(key, ((ulong)(uint)merge.Rank << 32) | (uint)merge.Result);
        }
    }

    /// <summary>A pair's rank in the high half and what it becomes in the low one, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Find(int left, int right)
    {
        ulong key = Key(left, right);
        Slot[] all = slots;
        int at = (int)((key * Scatter) >> shift);
        while (true)
        {
            Slot slot = all[at & (all.Length - 1)];
            if (slot.Key == key)
                return slot.Merge;
            if (slot.Key == 0)
                return None;
            at++;
        }
    }

    public static int Rank(ulong merge) => (int)(merge >> 32);

    public static int Result(ulong merge) => (int)(uint)merge;

    /// <summary>Not 0, which is an empty slot.</summary>
    private static ulong Key(int left, int right) => ((ulong)(left + 1L) << 32) | (uint)right;

    private readonly record struct Slot(ulong Key, ulong Merge);
}

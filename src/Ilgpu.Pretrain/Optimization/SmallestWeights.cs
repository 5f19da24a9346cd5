using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>Sets the weights of smallest magnitude to 0, on the host: a selection by counting, without sorting.</summary>
internal sealed class SmallestWeights
{
    private const uint Magnitude = 0x7FFF_FFFF;
    private const int LowBits = 15;

    /// <summary>Weights by the upper sixteen bits of their magnitudes, then, of one such group, by the lower fifteen.</summary>
    private readonly long[] counts = new long[1 << 16];

    /// <summary>
    /// Exactly so many weights of smallest magnitude become 0, those that are 0 counted among them; of equal ones the first.
    /// </summary>
    public void Clear(Span<float> weights, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, weights.Length);
        if (count == 0)
            return;
        // Magnitudes are ordered as their bits are.
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(weights);
        Array.Clear(counts);
        foreach (uint weight in bits)
            counts[(weight & Magnitude) >> LowBits]++;
        long left = count;
        uint high = Find(ref left);
        Array.Clear(counts);
        foreach (uint weight in bits)
        {
            if ((weight & Magnitude) >> LowBits == high)
                counts[weight & ((1 << LowBits) - 1)]++;
        }

        uint last = (high << LowBits) | Find(ref left);
        foreach (ref uint weight in bits)
        {
            uint magnitude = weight & Magnitude;
            if (magnitude < last || (magnitude == last && left-- > 0))
                weight = 0;
        }
    }

    /// <summary>The group that the last one of those left falls into; then left is its number among that group.</summary>
    private uint Find(ref long left)
    {
        uint group = 0;
        while (counts[group] < left)
            left -= counts[group++];
        return group;
    }
}

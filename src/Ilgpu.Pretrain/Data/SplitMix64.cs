namespace Ilgpu.Pretrain.Data;

/// <summary>
/// The generator of Steele, Lea and Flood (OOPSLA 2014): written here so that a seed means the same order whatever
/// version of .NET runs it.
/// </summary>
internal struct SplitMix64(ulong state)
{
    private ulong state = state;

    /// <summary>A generator of its own for each (seed, stream).</summary>
    public static SplitMix64 Of(ulong seed, ulong stream)
    {
        var seeds = new SplitMix64(seed);
        return new SplitMix64(seeds.Next() ^ Mix(stream));
    }

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, limit): the high word of a product, redrawn where it would be biased (Lemire, arXiv 1805.10941).</summary>
    public int Below(int limit)
    {
        ulong range = (ulong)limit;
        ulong high = Math.BigMul(Next(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = unchecked(0 - range) % range;
            while (low < threshold)
                high = Math.BigMul(Next(), range, out low);
        }

        return (int)high;
    }

    /// <summary>Overwrites <paramref name="order"/> by a uniformly drawn permutation of 0, 1, 2...</summary>
    public void Permute(Span<int> order)
    {
        for (int i = 0; i < order.Length; i++)
        {
            int j = Below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

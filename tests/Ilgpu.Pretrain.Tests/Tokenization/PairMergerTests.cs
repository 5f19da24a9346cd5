using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Both ways of merging give what a list gives that is searched from its start before every merge.</summary>
public sealed class PairMergerTests
{
    [Fact]
    public void Scan_and_queue_merge_as_the_definition_does()
    {
        Random random = new TokenizerInputs().Random;
        for (int round = 0; round < 1000; round++)
        {
            int symbols = random.Next(1, 6);
            BytePairMerge[] rules = Rules(random, symbols, random.Next(0, 30));
            var merger = new PairMerger(new PairTable(rules));
            int[] ids = [.. Enumerable.Range(0, random.Next(0, PairMerger.LongestScan + 1)).Select(_ => random.Next(symbols))];
            int[] expected = Naive(rules, ids);
            Assert.Equal(expected, Merged(ids, merger.MergeByScan));
            Assert.Equal(expected, Merged(ids, merger.MergeByQueue));
        }
    }

    [Theory]
    [InlineData(PairMerger.LongestScan)]
    [InlineData(PairMerger.LongestScan + 1)]
    [InlineData(1000)]
    public void Long_lists_merge_as_the_definition_does(int length)
    {
        Random random = new TokenizerInputs().Random;
        for (int round = 0; round < 10; round++)
        {
            BytePairMerge[] rules = Rules(random, 3, 40);
            int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(3))];
            Assert.Equal(Naive(rules, ids), Merged(ids, new PairMerger(new PairTable(rules)).Merge));
        }
    }

    /// <summary>Were the work quadratic, this would not come back.</summary>
    [Fact]
    public void A_million_equal_letters_halve_again_and_again()
    {
        const int Doublings = 10;
        BytePairMerge[] rules = [.. Enumerable.Range(0, Doublings).Select(i => new BytePairMerge(i, i, i + 1, i))];
        int[] ids = new int[1_000_000];
        int left = new PairMerger(new PairTable(rules)).Merge(ids);
        // 976 times 1024 letters, and 576 = 512 + 64.
        Assert.Equal([.. Enumerable.Repeat(10, 976), 9, 6], ids[..left]);
    }

    /// <summary>tiktoken's rules: of equal ranks the leftmost, whatever it becomes.</summary>
    [Fact]
    public void Of_equal_ranks_the_leftmost_is_merged()
    {
        BytePairMerge[] rules = [new(1, 2, 9, 0), new(0, 1, 8, 0)];
        var merger = new PairMerger(new PairTable(rules));
        Assert.Equal([8, 2], Merged([0, 1, 2], merger.MergeByScan));
        Assert.Equal([8, 2], Merged([0, 1, 2], merger.MergeByQueue));
    }

    /// <summary>Pairs of the symbols and of what they become, some ranks twice; a result may be what another rule makes.</summary>
    private static BytePairMerge[] Rules(Random random, int symbols, int count)
    {
        var rules = new Dictionary<(int, int), BytePairMerge>();
        for (int rank = 0; rank < count; rank++)
        {
            (int, int) pair = (random.Next(symbols + rules.Count), random.Next(symbols + rules.Count));
            _ = rules.TryAdd(pair, new BytePairMerge(pair.Item1, pair.Item2, symbols + rules.Count - random.Next(Math.Min(2, rules.Count + 1)), rank / random.Next(1, 3)));
        }

        return [.. rules.Values];
    }

    private static int[] Merged(int[] ids, Merging merging)
    {
        int[] copy = [.. ids];
        return copy[..merging(copy)];
    }

    private static int[] Naive(BytePairMerge[] rules, int[] ids)
    {
        List<int> left = [.. ids];
        while (true)
        {
            BytePairMerge? lowest = null;
            int at = -1;
            for (int i = 0; i + 1 < left.Count; i++)
            {
                foreach (BytePairMerge rule in rules.Where(rule => rule.Left == left[i] && rule.Right == left[i + 1]))
                {
                    if (lowest is null || rule.Rank < lowest.Value.Rank)
                        (lowest, at) = (rule, i);
                }
            }

            if (lowest is not { } best)
                return [.. left];
            left[at] = best.Result;
            left.RemoveAt(at + 1);
        }
    }

    private delegate int Merging(Span<int> ids);
}

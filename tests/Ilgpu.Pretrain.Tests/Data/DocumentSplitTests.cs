using FsCheck;
using FsCheck.Fluent;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class DocumentSplitTests
{
    [Fact]
    public void Every_document_is_in_one_part_and_no_group_is_in_both() => Prop.ForAll<ulong, (byte Size, bool WithPrevious)[]>((seed, drawn) =>
    {
        (byte Size, bool WithPrevious)[] documents = [(1, false), (1, false), .. drawn];
        int[] groups = Groups(documents.Select(document => document.WithPrevious));
        double share = (1 + (seed % 98)) / 100.0;
        DocumentSplit split = DocumentSplit.Draw([.. documents.Select(document => 1L + document.Size)], groups, share, seed);
        return split.Train.Length > 0
            && split.Validation.Length > 0
            && split.Train.Concat(split.Validation).Order().SequenceEqual(Enumerable.Range(0, documents.Length))
            && !split.Train.Select(document => groups[document]).Intersect(split.Validation.Select(document => groups[document])).Any();
    }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [InlineData(.05)]
    [InlineData(.5)]
    [InlineData(.95)]
    public void The_share_held_out_is_the_one_asked_for(double share)
    {
        long[] bytes = [.. Enumerable.Repeat(10L, 1000)];
        DocumentSplit split = DocumentSplit.Draw(bytes, [.. Enumerable.Range(0, 1000)], share, 3);
        Assert.Equal(share * 1000, split.Validation.Length, 1.0);
    }

    [Fact]
    public void The_same_seed_gives_the_same_split_and_another_one_another()
    {
        long[] bytes = [.. Enumerable.Range(1, 100).Select(i => (long)i)];
        int[] groups = [.. Enumerable.Range(0, 100)];
        DocumentSplit split = DocumentSplit.Draw(bytes, groups, .2, 1);
        Assert.Equal(split.Train, DocumentSplit.Draw(bytes, groups, .2, 1).Train);
        Assert.Equal(split.Validation, DocumentSplit.Draw(bytes, groups, .2, 1).Validation);
        Assert.NotEqual(split.Validation.Order(), DocumentSplit.Draw(bytes, groups, .2, 2).Validation.Order());
    }

    [Fact]
    public void Documents_of_a_group_are_spread_over_their_part()
    {
        int[] groups = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 50), .. Enumerable.Repeat(2, 50)];
        int[] train = DocumentSplit.Draw([.. Enumerable.Repeat(1L, 150)], groups, .3, 9).Train;
        Assert.Equal(100, train.Length);
        Assert.Equal(2, train.Take(20).Select(document => groups[document]).Distinct().Count());
    }

    private static int[] Groups(IEnumerable<bool> withPrevious)
    {
        int group = -1;
        return [.. withPrevious.Select(with => with ? group : ++group)];
    }
}

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
        DocumentSplit split = Draw([.. documents.Select(document => 1L + document.Size)], groups, share, seed);
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
        DocumentSplit split = Draw(bytes, [.. Enumerable.Range(0, 1000)], share, 3);
        Assert.Equal(share * 1000, split.Validation.Length, 1.0);
    }

    [Fact]
    public void The_same_seed_gives_the_same_split_and_another_one_another()
    {
        long[] bytes = [.. Enumerable.Range(1, 100).Select(i => (long)i)];
        int[] groups = [.. Enumerable.Range(0, 100)];
        DocumentSplit split = Draw(bytes, groups, .2, 1);
        Assert.Equal(split.Train, Draw(bytes, groups, .2, 1).Train);
        Assert.Equal(split.Validation, Draw(bytes, groups, .2, 1).Validation);
        Assert.NotEqual(split.Validation.Order(), Draw(bytes, groups, .2, 2).Validation.Order());
    }

    [Fact]
    public void Documents_of_a_group_are_spread_over_their_part()
    {
        int[] groups = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 50), .. Enumerable.Repeat(2, 50)];
        int[] train = Draw([.. Enumerable.Repeat(1L, 150)], groups, .3, 9).Train;
        Assert.Equal(100, train.Length);
        Assert.Equal(2, train.Take(20).Select(document => groups[document]).Distinct().Count());
    }

    [Fact]
    public void Documents_of_the_same_text_are_in_the_same_part() => Prop.ForAll<ulong, byte[]>((seed, drawn) =>
    {
        byte[] texts = [250, 251, .. drawn];
        DocumentIndex documents = Index(texts);
        DocumentSplit split = DocumentSplit.Draw(documents, .3, seed, deduplicate: false);
        return split.Duplicates == 0
            && split.Train.Length + split.Validation.Length == texts.Length
            && !split.Train.Select(document => texts[document]).Intersect(split.Validation.Select(document => texts[document])).Any();
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Deduplication_keeps_the_first_of_each_text() => Prop.ForAll<ulong, byte[]>((seed, drawn) =>
    {
        byte[] texts = [250, 251, .. drawn];
        DocumentSplit split = DocumentSplit.Draw(Index(texts), .3, seed, deduplicate: true);
        int[] firsts = [.. texts.Index().GroupBy(text => text.Item).Select(alike => alike.First().Index).Order()];
        return split.Train.Concat(split.Validation).Order().SequenceEqual(firsts) && split.Duplicates == texts.Length - firsts.Length;
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Documents_that_are_all_the_same_cannot_be_split()
    {
        var e = Assert.Throws<InputException>(() => DocumentSplit.Draw(Index(7, 7, 7), .5, 0, deduplicate: false));
        Assert.Equal("source: all 3 documents belong together or have the same text, which cannot be split into training and validation", e.Message);
    }

    [Fact]
    public void A_given_split_is_kept()
    {
        DocumentIndex documents = Given([1, 2, 2, 3], [4, 5]);
        DocumentSplit split = DocumentSplit.Given(documents, 8, deduplicate: false);
        Assert.Equal([0, 1, 2, 3], split.Train.Order());
        Assert.Equal([4, 5], split.Validation.Order());
        Assert.Equal(1, DocumentSplit.Given(documents, 8, deduplicate: true).Duplicates);
    }

    [Fact]
    public void A_given_split_that_shares_texts_is_refused_or_mended_in_training()
    {
        DocumentIndex documents = Given([1, 2, 3, 2], [4, 2, 4]);
        var e = Assert.Throws<InputException>(() => DocumentSplit.Given(documents, 0, deduplicate: false));
        Assert.Equal("--validation: 1 of its texts stand in the training text too, the first as document 2 there; --deduplicate leaves them out of training", e.Message);
        DocumentSplit split = DocumentSplit.Given(documents, 0, deduplicate: true);
        Assert.Equal([0, 2], split.Train.Order());
        Assert.Equal([4, 5], split.Validation.Order());
        Assert.Equal(3, split.Duplicates);
        Assert.Throws<InputException>(() => DocumentSplit.Given(Given([1], [1]), 0, deduplicate: true));
    }

    private static DocumentSplit Draw(long[] bytes, int[] groups, double share, ulong seed)
    {
        var documents = new DocumentIndex();
        for (int i = 0; i < bytes.Length; i++)
            documents.Add(bytes[i], (UInt128)i, withPrevious: i > 0 && groups[i] == groups[i - 1]);
        return DocumentSplit.Draw(documents, share, seed, deduplicate: false);
    }

    private static DocumentIndex Index(params byte[] texts)
    {
        var documents = new DocumentIndex();
        foreach (byte text in texts)
            documents.Add(1, text, withPrevious: false);
        return documents;
    }

    private static DocumentIndex Given(byte[] training, byte[] validation)
    {
        DocumentIndex documents = Index(training);
        documents.BeginValidation();
        foreach (byte text in validation)
            documents.Add(1, text, withPrevious: false);
        return documents;
    }

    private static int[] Groups(IEnumerable<bool> withPrevious)
    {
        int group = -1;
        return [.. withPrevious.Select(with => with ? group : ++group)];
    }
}

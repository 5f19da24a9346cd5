using System.Text;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Datasets of a number of training tokens.</summary>
public sealed class DatasetTokensTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    [Theory]
    [InlineData("bytes")]
    [InlineData("characters")]
    [InlineData("bpe:300")]
    public void The_first_training_tokens_are_kept_and_validation_as_it_is(string tokenizer)
    {
        workshop.WriteCorpus(40);
        using TokenDataset all = workshop.Build(workshop.Options with { Tokenizer = tokenizer }, workshop.Folder["sets", "all"]);
        int[] train = DatasetWorkshop.Ids(all, all.Train);
        long[] bounds = DatasetWorkshop.Bounds(all)[..((int)all.Manifest.Train.Documents + 1)];
        // One token before, at and behind the end of a document, within the first one, and all but one.
        foreach (long tokens in new[] { 2, bounds[1] - 1, bounds[1], bounds[1] + 1, bounds[7] - 3, train.Length - 1, train.Length })
        {
            using TokenDataset cut = workshop.Build(workshop.Options with { Tokenizer = tokenizer, Tokens = tokens });
            int[] kept = DatasetWorkshop.Ids(cut, cut.Train);
            Assert.Equal(train[..(int)tokens], kept);
            Assert.Equal(tokens, cut.Manifest.Train.Tokens);
            Assert.Equal(tokens, cut.Manifest.TokensAsked);
            Assert.Equal(cut.Tokenizer.Decode(kept).LongLength, cut.Manifest.Train.TextBytes);
            Assert.Equal(DatasetWorkshop.Ids(all, all.Validation), DatasetWorkshop.Ids(cut, cut.Validation));
            Assert.Equal(all.Manifest.Validation, cut.Manifest.Validation);
            Assert.Equal([.. bounds.Where(bound => bound < tokens), tokens], DatasetWorkshop.Bounds(cut)[..((int)cut.Manifest.Train.Documents + 1)]);
            Assert.Equal([.. bounds.Where(bound => bound < tokens), tokens], cut.TrainDocumentBounds(tokens));
        }
    }

    [Fact]
    public void A_cut_within_a_character_counts_the_bytes_that_are_kept()
    {
        workshop.WriteFiles(["模型模型模型", "型模型模型模"]);
        using TokenDataset cut = workshop.Build(workshop.Options with { Tokens = 7 });
        Assert.Equal(7, cut.Manifest.Train.TextBytes);
        Assert.Equal(1, cut.Manifest.Train.Documents);
    }

    [Fact]
    public void A_space_that_the_tokenizer_puts_before_a_text_is_none_of_its_bytes()
    {
        string tokenizer = SharedData.Require("reference", "stories260K", "tok512.bin");
        string[] texts = workshop.WriteCorpus(12);
        using TokenDataset all = workshop.Build(workshop.Options with { Tokenizer = tokenizer }, workshop.Folder["sets", "all"]);
        DatasetWorkshop.AssertHolds(texts, all);
        int[] first = DatasetWorkshop.Ids(all, all.Train)[..6];
        Assert.StartsWith(" D", Encoding.UTF8.GetString([.. first.SelectMany(id => all.Tokenizer.BytesOf(id).ToArray())]), StringComparison.Ordinal);
        using TokenDataset cut = workshop.Build(workshop.Options with { Tokenizer = tokenizer, Tokens = first.Length });
        Assert.Equal(first.Sum(id => all.Tokenizer.BytesOf(id).Length) - 1, cut.Manifest.Train.TextBytes);
    }

    [Fact]
    public void Another_number_of_tokens_is_another_dataset()
    {
        workshop.WriteCorpus(10);
        string[] hashes = [.. new long?[] { null, 10, 11, 40 }.Select(tokens =>
        {
            using TokenDataset dataset = workshop.Build(workshop.Options with { Tokens = tokens });
            return dataset.Hash;
        })];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void More_tokens_than_there_are_is_refused_with_both_numbers()
    {
        workshop.WriteCorpus(10);
        long there;
        using (TokenDataset all = workshop.Build(workshop.Options, workshop.Folder["all"]))
            there = all.Train.Length;
        Assert.Equal($"--tokens was given {there + 1}; the training part has {there}.", workshop.Error(workshop.Options with { Tokens = there + 1 }));
        Assert.Empty(workshop.Entries());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-5)]
    public void Less_than_two_tokens_are_refused(long tokens)
    {
        workshop.WriteCorpus(3);
        Assert.Equal($"--tokens was given {tokens}; it takes a whole number from 2.", workshop.Error(workshop.Options with { Tokens = tokens }));
    }
}

using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Documents of the same text in one dataset.</summary>
public sealed class DuplicateDocumentsTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    [InlineData(4UL)]
    [InlineData(ulong.MaxValue)]
    public void They_are_in_one_part_whatever_the_seed(ulong seed)
    {
        string[] texts = WithDuplicates();
        using TokenDataset dataset = workshop.Build(workshop.Options with { SplitSeed = seed, ValidationShare = .5 });
        DatasetWorkshop.AssertHolds(texts, dataset);
        Assert.Equal((false, 0), (dataset.Manifest.Deduplicated, dataset.Manifest.DuplicateDocuments));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(2UL)]
    public void Deduplication_keeps_one_of_each_and_counts_the_others(ulong seed)
    {
        string[] texts = WithDuplicates();
        using TokenDataset dataset = workshop.Build(workshop.Options with { SplitSeed = seed, Deduplicate = true, Tokenizer = "bpe:280" });
        string[] distinct = [.. texts.Distinct()];
        DatasetWorkshop.AssertHolds(distinct, dataset);
        Assert.Equal((true, texts.Length - distinct.Length), (dataset.Manifest.Deduplicated, dataset.Manifest.DuplicateDocuments));
        Assert.Equal(distinct.Length + 1, DatasetWorkshop.Bounds(dataset).Length);
    }

    [Fact]
    public void A_text_of_another_line_end_is_another_text()
    {
        workshop.WriteFiles(["one\n", "one\r\n", "one", "two"]);
        using TokenDataset dataset = workshop.Build(workshop.Options with { Deduplicate = true });
        Assert.Equal(0, dataset.Manifest.DuplicateDocuments);
    }

    [Fact]
    public void A_corpus_of_one_text_again_and_again_is_refused()
    {
        workshop.WriteFiles(["again", "again", "again"]);
        const string message = "source: all 3 documents belong together or have the same text, which cannot be split into training and validation";
        Assert.Equal(message, workshop.Error(workshop.Options));
        Assert.Equal(message, workshop.Error(workshop.Options with { Deduplicate = true }));
    }

    /// <summary>Twenty texts, a third of them twice and one five times.</summary>
    private string[] WithDuplicates()
    {
        string[] texts = DatasetWorkshop.Texts(20, 5);
        texts = [.. texts, .. texts.Where((_, i) => i % 3 == 0), texts[7], texts[7], texts[7], texts[7]];
        workshop.WriteFiles(texts);
        return texts;
    }
}

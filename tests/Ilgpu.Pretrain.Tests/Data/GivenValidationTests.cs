using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Datasets whose validation text is given by files of its own.</summary>
public sealed class GivenValidationTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    private DatasetOptions Options => workshop.Options with { Validation = workshop.Folder["held"] };

    public void Dispose() => workshop.Dispose();

    [Fact]
    public void All_of_it_is_held_out_and_nothing_else()
    {
        string[] texts = workshop.WriteCorpus(12);
        string[] held = [.. DatasetWorkshop.Texts(20, 2)[12..]];
        workshop.WriteFiles(held, "held");
        using TokenDataset dataset = workshop.Build(Options);
        Assert.Equal(texts.Order(), DatasetWorkshop.Documents(dataset, dataset.Train).Order());
        Assert.Equal(held.Order(), DatasetWorkshop.Documents(dataset, dataset.Validation).Order());
        DatasetWorkshop.AssertHolds([.. texts, .. held], dataset);
        Assert.Equal(new DatasetSplit(0, null, SplitUnit.Given), dataset.Manifest.Split);
        Assert.Equal(workshop.Folder["held"], dataset.Manifest.ValidationSource);
        Assert.Equal((12, 8), (dataset.Manifest.SourceFiles.Count, dataset.Manifest.ValidationSourceFiles!.Count));
    }

    [Fact]
    public void A_share_says_nothing_then()
    {
        workshop.WriteCorpus(12);
        workshop.Folder.Write("held/one.txt", "held out");
        using TokenDataset one = workshop.Build(Options with { ValidationShare = .1 });
        using TokenDataset other = workshop.Build(Options with { ValidationShare = .9 }, workshop.Folder["sets", "other"]);
        DatasetWorkshop.AssertSameFiles(one.Folder, other.Folder);
    }

    [Theory]
    [InlineData("held.txt", false)]
    [InlineData("held.md", false)]
    [InlineData("held.txt.gz", false)]
    [InlineData("held.jsonl", true)]
    [InlineData("held.jsonl.gz", true)]
    public void It_may_be_of_another_format_than_the_source(string name, bool isRows)
    {
        string[] texts = workshop.WriteCorpus(5);
        string[] held = isRows ? ["first\nheld\n", "second held"] : ["first\nheld\n"];
        string content = isRows ? string.Join('\n', held.Select(DatasetSourcesTests.Row)) : held[0];
        string path = workshop.Folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip.Compress(content) : System.Text.Encoding.UTF8.GetBytes(content));
        using TokenDataset dataset = workshop.Build(Options with { Validation = path });
        Assert.Equal(held.Order(), DatasetWorkshop.Documents(dataset, dataset.Validation).Order());
        DatasetWorkshop.AssertHolds([.. texts, .. held], dataset);
    }

    [Fact]
    public void A_single_document_is_not_parted_where_validation_is_given()
    {
        string source = workshop.Folder.Write("one.txt", "first line\nsecond line\n");
        workshop.Folder.Write("held/one.txt", "held\nout\n");
        using TokenDataset dataset = workshop.Build(Options with { Source = source });
        Assert.Equal("first line\nsecond line\n", Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Train)));
        Assert.Equal("held\nout\n", Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Validation)));
    }

    [Fact]
    public void Texts_in_both_are_refused_with_their_number()
    {
        string[] texts = workshop.WriteCorpus(6);
        workshop.WriteFiles([texts[4], "another", texts[2]], "held");
        Assert.Equal(
            "--validation: 2 of its texts stand in the training text too, the first as document 3 there; --deduplicate leaves them out of training",
            workshop.Error(Options));
        Assert.Empty(workshop.Entries());
    }

    [Fact]
    public void Deduplication_leaves_them_out_of_training()
    {
        string[] texts = workshop.WriteCorpus(6);
        workshop.WriteFiles([texts[4], "another", texts[2], "another"], "held");
        using TokenDataset dataset = workshop.Build(Options with { Deduplicate = true });
        Assert.Equal(new[] { texts[4], "another", texts[2] }.Order(), DatasetWorkshop.Documents(dataset, dataset.Validation).Order());
        DatasetWorkshop.AssertHolds([.. texts, "another"], dataset);
        Assert.Equal(3, dataset.Manifest.DuplicateDocuments);
    }

    [Fact]
    public void The_source_itself_is_refused()
    {
        workshop.WriteCorpus(6);
        DatasetOptions options = Options with { Validation = workshop.Corpus };
        Assert.StartsWith("--validation: 6 of its texts stand in the training text too", workshop.Error(options), StringComparison.Ordinal);
        Assert.Equal(
            "source: every text of it is among the validation texts, so nothing is left to train on",
            workshop.Error(options with { Deduplicate = true }));
    }

    [Fact]
    public void Only_blank_documents_are_named_as_the_validation_text()
    {
        workshop.WriteCorpus(3);
        workshop.Folder.Write("corpus/blank.txt", " \n");
        workshop.Folder.Write("held/one.txt", "\n\n");
        workshop.Folder.Write("held/two.txt", "");
        Assert.Equal($"validation: '{workshop.Folder["held"]}' is empty: 2 documents, none of them with any text", workshop.Error(Options));
    }

    [Fact]
    public void Blank_documents_of_both_are_counted()
    {
        string[] texts = workshop.WriteCorpus(3);
        workshop.Folder.Write("corpus/blank.txt", " \n");
        workshop.Folder.Write("held/one.txt", "text");
        workshop.Folder.Write("held/two.txt", "");
        using TokenDataset dataset = workshop.Build(Options);
        Assert.Equal(2, dataset.Manifest.EmptyDocuments);
        DatasetWorkshop.AssertHolds([.. texts, "text"], dataset);
    }

    [Fact]
    public void A_validation_path_that_is_not_there_is_named()
    {
        workshop.WriteCorpus(3);
        Assert.Contains($"'{workshop.Folder["held"]}' is not there", workshop.Error(Options), StringComparison.Ordinal);
    }
}

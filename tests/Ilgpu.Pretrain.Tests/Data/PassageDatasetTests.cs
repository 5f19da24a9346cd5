using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Datasets of long texts that are cut into documents.</summary>
public sealed class PassageDatasetTests : IDisposable
{
    private const int Bytes = 200;
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    private DatasetOptions Options => workshop.Options with { DocumentBytes = Bytes };

    [Theory]
    [InlineData("bytes", "none")]
    [InlineData("bytes", null)]
    [InlineData("characters", null)]
    [InlineData("bpe:290", null)]
    public void Their_documents_are_passages_of_every_file_on_any_number_of_threads(string tokenizer, string? separator)
    {
        string[] books = WriteBooks(3);
        DatasetOptions options = Options with { Tokenizer = tokenizer, Separator = separator };
        using TokenDataset one = workshop.Build(options with { Threads = 1 });
        using TokenDataset two = workshop.Build(options with { Threads = 2 }, workshop.Folder["sets", "two"]);
        DatasetWorkshop.AssertSameFiles(one.Folder, two.Folder);
        DatasetWorkshop.AssertHolds(books.SelectMany(PassagesOf), one);
        Assert.Equal((Bytes, SplitUnit.Document), (one.Manifest.DocumentBytes, one.Manifest.Split.Unit));
    }

    [Fact]
    public void The_first_tokens_and_the_held_out_ones_are_of_all_books()
    {
        string[] books = WriteBooks(3);
        using TokenDataset dataset = workshop.Build(Options with { Tokens = 4000, Separator = DatasetOptions.NoSeparator });
        foreach (TokenSpan part in new[] { dataset.Train, dataset.Validation })
        {
            string[] documents = DatasetWorkshop.Documents(dataset, part);
            Assert.Equal(3, books.Count(book => documents.Any(document => book.Contains(document, StringComparison.Ordinal))));
        }
    }

    [Fact]
    public void Whole_files_are_held_out_with_all_their_passages()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            string[] books = WriteBooks(4);
            using TokenDataset dataset = workshop.Build(Options with { WholeFiles = true, SplitSeed = seed });
            DatasetWorkshop.AssertHolds(books.SelectMany(PassagesOf), dataset);
            Assert.Equal(SplitUnit.File, dataset.Manifest.Split.Unit);
            string[] held = DatasetWorkshop.Documents(dataset, dataset.Validation);
            string book = Assert.Single(books, book => PassagesOf(book).Intersect(held).Any());
            Assert.Equal(PassagesOf(book).Order(StringComparer.Ordinal), held.Order(StringComparer.Ordinal));
            // The others are mixed, so that the first tokens are of all of them.
            string[] train = DatasetWorkshop.Documents(dataset, dataset.Train);
            Assert.Equal(3, books.Count(other => train.Take(30).Intersect(PassagesOf(other)).Any()));
        }
    }

    [Fact]
    public void Whole_files_take_more_than_one()
    {
        WriteBooks(1);
        Assert.Contains("belong together or have the same text, which cannot be split", workshop.Error(Options with { WholeFiles = true }), StringComparison.Ordinal);
        workshop.Folder.Write("corpus/000.txt", "short");
        Assert.Contains("belong together or have the same text, which cannot be split", workshop.Error(Options with { WholeFiles = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_short_enough_is_a_document_as_without_the_option()
    {
        string[] texts = workshop.WriteCorpus(20);
        using TokenDataset whole = workshop.Build(workshop.Options);
        using TokenDataset cut = workshop.Build(workshop.Options with { DocumentBytes = 1 << 20 }, workshop.Folder["sets", "cut"]);
        DatasetWorkshop.AssertHolds(texts, cut);
        Assert.Equal(whole.Hash, cut.Hash);
        string single = workshop.Folder.Write("single.txt", "one\ntwo\nthree\nfour\n");
        using TokenDataset parted = workshop.Build(Options with { Source = single });
        Assert.Equal((SplitUnit.Line, "four\n"), (parted.Manifest.Split.Unit, Assert.Single(DatasetWorkshop.Documents(parted, parted.Validation))));
    }

    [Fact]
    public void Files_that_are_given_for_validation_are_cut_too()
    {
        string[] books = WriteBooks(2);
        string held = string.Join("\n\n", DatasetWorkshop.Texts(40, 77));
        using TokenDataset dataset = workshop.Build(Options with { Validation = workshop.Folder.Write("held.txt", held) });
        Assert.Equal(PassagesOf(held).Order(StringComparer.Ordinal), DatasetWorkshop.Documents(dataset, dataset.Validation).Order(StringComparer.Ordinal));
        Assert.Equal(books.Sum(book => PassagesOf(book).Length), dataset.Manifest.Train.Documents);
    }

    [Fact]
    public void Datasets_without_the_option_have_the_names_and_the_manifest_that_they_had()
    {
        const string Key = """{"Source":"corpus","Validation":null,"TextField":"text","Tokenizer":"bpe:1024","Pieces":null,"Separator":null,"ValidationShare":0.05,"SplitSeed":0,"Tokens":null,"Deduplicate":false}""";
        var options = new DatasetOptions { Source = workshop.Corpus, Tokenizer = "bpe:1024" };
        Assert.Equal(Key, DatasetStore.KeyOf(options));
        Assert.Equal(Key[..^1] + ""","DocumentBytes":4000,"WholeFiles":true}""", DatasetStore.KeyOf(options with { DocumentBytes = 4000, WholeFiles = true }));
        workshop.WriteCorpus(20);
        using TokenDataset dataset = workshop.Build(workshop.Options);
        Assert.DoesNotContain("document_bytes", File.ReadAllText(Path.Combine(dataset.Folder, "dataset.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_cut_is_refused()
    {
        WriteBooks(2);
        AssertRefused("--document-bytes was given 3; it takes a number of bytes from 4 to 16MiB, as in 16KB.", Options with { DocumentBytes = 3 });
        AssertRefused("--document-bytes was given 16777217; it takes", Options with { DocumentBytes = (1 << 24) + 1 });
        AssertRefused("--document-bytes was given 200; it cuts files, and dotnet-docs:NETCore has documents of its own: leave it out.", Options with { Source = "dotnet-docs:NETCore" });
        AssertRefused("it cuts files, and dotnet-docs has documents of its own", Options with { Validation = "dotnet-docs" });
        AssertRefused("--whole-files goes with --document-bytes", workshop.Options with { WholeFiles = true });
        AssertRefused("--whole-files and --validation both say what is held out", Options with { WholeFiles = true, Validation = workshop.Corpus });

        void AssertRefused(string message, DatasetOptions options) =>
            Assert.Contains(message, workshop.Error(options), StringComparison.Ordinal);
    }

    private static string[] PassagesOf(string text) =>
        [.. new Passages(Bytes, together: false).Of(new TextDocument("", Encoding.UTF8.GetBytes(text))).Select(passage => Encoding.UTF8.GetString(passage.Utf8.Span))];

    private string[] WriteBooks(int books)
    {
        string[] texts = [.. Enumerable.Range(1, books).Select(book => string.Join("\n\n", DatasetWorkshop.Texts(40, book).Select(text => $"Book {book}. {text}")))];
        workshop.WriteFiles(texts);
        return texts;
    }
}

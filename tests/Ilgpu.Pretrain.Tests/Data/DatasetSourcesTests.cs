using System.Text;
using System.Text.Json;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Datasets of every kind of source: documents come back as they were, on one thread and on two.</summary>
public sealed class DatasetSourcesTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    public static string Quoted(string text) => JsonSerializer.Serialize(text);

    /// <summary>A row of a JSON Lines file, every character beyond ASCII escaped.</summary>
    public static string Row(string text) => $$"""{"id": 7, "text": {{Quoted(text)}}}""";

    [Theory]
    [InlineData("txt", "bytes")]
    [InlineData("txt", "bpe:300")]
    [InlineData("txt", "characters")]
    [InlineData("md", "bytes")]
    [InlineData("jsonl", "bytes")]
    [InlineData("jsonl", "bpe:300")]
    [InlineData("jsonl.gz", "bytes")]
    [InlineData("jsonl.gz", "bpe:300")]
    [InlineData("txt.gz", "bpe:300")]
    [InlineData("mixed", "bytes")]
    [InlineData("mixed", "bpe:300")]
    public void Documents_come_back_whatever_the_threads(string kind, string tokenizer)
    {
        string[] texts = DatasetWorkshop.Texts(48, 11);
        AssertWhole(texts, workshop.Options with { Source = Write(texts, kind), Tokenizer = tokenizer });
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("bpe:300")]
    public void So_do_those_of_a_given_split(string tokenizer)
    {
        string[] texts = DatasetWorkshop.Texts(40, 12);
        string source = Write(texts[..30], "jsonl");
        string held = Write(texts[30..], "txt");
        AssertWhole(texts, workshop.Options with { Source = source, Validation = held, Tokenizer = tokenizer });
    }

    [Theory]
    [InlineData("one.txt")]
    [InlineData("one.md")]
    [InlineData("one.txt.gz")]
    [InlineData("one.jsonl")]
    [InlineData("one.jsonl.gz")]
    [InlineData("folder/one.txt")]
    public void A_single_document_is_parted_at_the_same_line_in_every_format(string name)
    {
        string text = string.Concat(Enumerable.Range(0, 200).Select(i => $"line {i:D3} über 模型\n"));
        string content = name.Contains("jsonl", StringComparison.Ordinal) ? Row(text) : text;
        string path = workshop.Folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip.Compress(content) : Encoding.UTF8.GetBytes(content));
        foreach (string tokenizer in new[] { "bytes", "bpe:280" })
        {
            using TokenDataset dataset = workshop.Build(workshop.Options with
            {
                Source = name.StartsWith("folder", StringComparison.Ordinal) ? Path.GetDirectoryName(path)! : path,
                ValidationShare = .1,
                Tokenizer = tokenizer,
            });
            Assert.Equal(SplitUnit.Line, dataset.Manifest.Split.Unit);
            Assert.Equal(string.Concat(text.Split('\n').Take(180).Select(line => line + "\n")), Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Train)));
            Assert.Equal(string.Concat(text.Split('\n')[180..200].Select(line => line + "\n")), Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Validation)));
        }
    }

    [Theory]
    [InlineData("\n\n \n\nthe only line of text\n", .3)]
    [InlineData("the only line of text\n \n\n\n\n\n", .1)]
    [InlineData("text\n\n\n\n\n\n\n\n\ntext\n", .5)]
    public void Blank_lines_at_an_end_of_a_single_document_stay_where_they_are(string text, double share)
    {
        foreach ((string name, byte[] content) in new[] { ("one.txt", Encoding.UTF8.GetBytes(text)), ("one.txt.gz", Gzip.Compress(text)), ("one.jsonl", Encoding.UTF8.GetBytes(Row(text))) })
        {
            using TokenDataset dataset = workshop.Build(workshop.Options with { Source = workshop.Folder.Write(name, content), ValidationShare = share });
            string train = Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Train));
            string validation = Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Validation));
            Assert.Equal(text, train + validation);
            Assert.NotEmpty(train);
            Assert.NotEmpty(validation);
            Assert.Equal(0, dataset.Manifest.EmptyDocuments);
        }
    }

    [Fact]
    public void Blank_files_beside_a_single_document_are_counted_and_it_is_parted()
    {
        workshop.WriteFiles(["\n", "one\ntwo\nthree\nfour\n", " "]);
        using TokenDataset dataset = workshop.Build(workshop.Options);
        Assert.Equal(SplitUnit.Line, dataset.Manifest.Split.Unit);
        Assert.Equal(2, dataset.Manifest.EmptyDocuments);
        Assert.Equal("one\ntwo\nthree\n", Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Train)));
        Assert.Equal("four\n", Assert.Single(DatasetWorkshop.Documents(dataset, dataset.Validation)));
    }

    [Fact]
    public void A_single_document_in_segments_is_parted_only_as_a_plain_file()
    {
        const int SegmentBytes = 1 << 24;
        string text = string.Concat(Enumerable.Repeat("one line of text\n", (SegmentBytes / 17) + 2));
        string compressed = workshop.Folder.Write("large.txt.gz", Gzip.Compress(text));
        Assert.Equal(
            $"{compressed} is the only document and too large to be split, unless it is the source by itself and not compressed: give it so, or --validation or --document-bytes",
            workshop.Error(workshop.Options with { Source = compressed }));
        using TokenDataset dataset = workshop.Build(workshop.Options with { Source = workshop.Folder.Write("large.txt", text) });
        Assert.Equal(text.Length, dataset.Manifest.Train.TextBytes + dataset.Manifest.Validation.TextBytes);
        Assert.Equal((1, 1), (dataset.Manifest.Train.Documents, dataset.Manifest.Validation.Documents));
    }

    private void AssertWhole(string[] texts, DatasetOptions options)
    {
        using TokenDataset one = workshop.Build(options with { Threads = 1 });
        using TokenDataset two = workshop.Build(options with { Threads = 2 }, workshop.Folder["sets", "two"]);
        DatasetWorkshop.AssertHolds(texts, one);
        DatasetWorkshop.AssertSameFiles(one.Folder, two.Folder);
    }

    /// <summary>The texts as files of one kind, or of all kinds.</summary>
    private string Write(string[] texts, string kind)
    {
        switch (kind)
        {
            case "jsonl":
                return workshop.Folder.Write("rows.jsonl", string.Join("\r\n", texts.Select(Row)));
            case "jsonl.gz":
                return workshop.Folder.Write("rows.jsonl.gz", Gzip.Compress(string.Join('\n', texts.Select(Row)) + "\n\n"));
            case "mixed":
                Write("mixed/a.jsonl", string.Join('\n', texts[..10].Select(Row)));
                Write("mixed/b/c.jsonl.gz", string.Join('\n', texts[10..20].Select(Row)));
                foreach ((int i, string text) in texts[20..].Index())
                    Write($"mixed/b/{i}{(i % 3 == 0 ? ".txt" : i % 3 == 1 ? ".md" : ".txt.gz")}", text);
                return workshop.Folder["mixed"];
            default:
                foreach ((int i, string text) in texts.Index())
                    Write($"files/{i}.{kind}", text);
                return workshop.Folder["files"];
        }
    }

    private void Write(string name, string text) =>
        workshop.Folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip.Compress(text) : Encoding.UTF8.GetBytes(text));
}

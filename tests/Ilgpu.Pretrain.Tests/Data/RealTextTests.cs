using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>The built-in source as this machine's SDK has it, and shared corpora.</summary>
public class RealTextTests
{
    [Fact]
    public void The_documentation_of_dotnet_is_megabytes_of_clean_text()
    {
        using var folder = new TemporaryFolder();
        var options = new DatasetOptions { Source = "dotnet-docs", Threads = 2 };
        using TokenDataset dataset = Build(options, folder["two"]);
        using TokenDataset onOneThread = Build(options with { Threads = 1 }, folder["one"]);
        Assert.Equal(dataset.Hash, onOneThread.Hash);
        TestContext.Current.TestOutputHelper?.WriteLine($"{dataset.Hash}: {dataset.Manifest.Train}, {dataset.Manifest.Validation}");

        Assert.Equal(SplitUnit.Type, dataset.Manifest.Split.Unit);
        Assert.InRange(dataset.Manifest.Train.TextBytes, 15_000_000, 30_000_000);
        Assert.Equal(.05, (double)dataset.Manifest.Validation.TextBytes / (dataset.Manifest.Train.TextBytes + dataset.Manifest.Validation.TextBytes), .01);
        string text = Text(dataset, dataset.Train);
        foreach (string markup in new[] { "<see", "cref=", "<para", "/>", "#ctor", "langword", "\r", "\t" })
            Assert.True(text.Split(markup).Length < 200, $"'{markup}' stands {text.Split(markup).Length - 1} times");
        Assert.True(text.Count(char.IsAscii) > .999 * text.Length);
    }

    [Fact]
    public void Types_of_the_documentation_are_in_one_part_only()
    {
        using var folder = new TemporaryFolder();
        using TokenDataset dataset = Build(new DatasetOptions { Source = "dotnet-docs", Threads = 2 }, folder["docs"]);
        string[] train = Paragraphs(Text(dataset, dataset.Train));
        string[] validation = Paragraphs(Text(dataset, dataset.Validation));
        string[] shared = [.. train.Intersect(validation)];
        Assert.True(validation.Length > 1000);
        Assert.True(shared.Length <= 2, string.Join("\n\n", shared));
    }

    [Fact]
    public void The_documentation_of_dotnet_is_read_to_its_last_byte()
    {
        TextSource source = TextSource.Open("dotnet-docs", "text", 2, TestContext.Current.CancellationToken);
        Assert.NotEmpty(source.Documents(TestContext.Current.CancellationToken));
        Assert.Equal(source.Files.Sum(file => file.Bytes), source.TotalBytes);
        Assert.Equal(source.TotalBytes, source.BytesRead);
        Assert.Null(source.CutAtLine(.5, TestContext.Current.CancellationToken));
        source.RequireUnchanged();
    }

    [Theory]
    [InlineData("corpora", "novels")]
    [InlineData("corpora", "speeches")]
    [InlineData("corpora", "small", "tinyshakespeare.txt")]
    public void A_shared_corpus_is_parted_without_loss(params string[] path)
    {
        string source = SharedData.Require(path);
        using var folder = new TemporaryFolder();
        using TokenDataset dataset = Build(new DatasetOptions { Source = source, Threads = 2 }, folder["set"]);
        long bytes = dataset.Manifest.SourceFiles.Sum(file => file.Bytes);
        Assert.Equal(bytes, dataset.Manifest.Train.TextBytes + dataset.Manifest.Validation.TextBytes, bytes / 1000.0);
        Assert.Empty(Documents(dataset, dataset.Train).Intersect(Documents(dataset, dataset.Validation)));
    }

    private static TokenDataset Build(DatasetOptions options, string target) =>
        DatasetBuilder.Build(options, target, cancellation: TestContext.Current.CancellationToken);

    private static string Text(TokenDataset dataset, TokenSpan part) => string.Concat(Documents(dataset, part).Select(document => document + "\n"));

    private static string[] Documents(TokenDataset dataset, TokenSpan part)
    {
        var ids = new int[part.Length];
        part.Read(0, ids);
        var bytes = new byte[ids.Length];
        for (int i = 0; i < ids.Length; i++)
            bytes[i] = ids[i] == dataset.Tokenizer.EndOfText ? (byte)0 : (byte)ids[i];
        return Encoding.UTF8.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string[] Paragraphs(string text) => text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
}

using System.Buffers.Binary;
using System.Text;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Building dataset folders and opening them.</summary>
public sealed class DatasetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Corpus => folder["corpus"];

    private string Target => folder["sets", "first"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_document_is_whole_in_exactly_one_part()
    {
        string[] texts = WriteCorpus(40);
        using TokenDataset dataset = Build(Options() with { ValidationShare = .25, SplitSeed = 5 });
        string[] train = Documents(dataset, dataset.Train);
        string[] validation = Documents(dataset, dataset.Validation);
        Assert.Equal(texts.Order(), train.Concat(validation).Order());
        Assert.Empty(train.Intersect(validation));
        Assert.InRange(validation.Length, 5, 15);
        Assert.NotEqual(train.Order(), train);

        DatasetManifest manifest = dataset.Manifest;
        Assert.Equal((train.Length, validation.Length), (manifest.Train.Documents, manifest.Validation.Documents));
        Assert.Equal(train.Sum(Encoding.UTF8.GetByteCount), manifest.Train.TextBytes);
        Assert.Equal(validation.Sum(Encoding.UTF8.GetByteCount), manifest.Validation.TextBytes);
        Assert.Equal((dataset.Train.Length, dataset.Validation.Length), (manifest.Train.Tokens, manifest.Validation.Tokens));
        Assert.Equal(SplitUnit.Document, manifest.Split.Unit);
    }

    [Fact]
    public void Document_bounds_are_where_the_end_of_text_ids_are()
    {
        WriteCorpus(9);
        using TokenDataset dataset = Build(Options());
        byte[] bytes = File.ReadAllBytes(Path.Combine(Target, "documents.bin"));
        long[] bounds = [.. Enumerable.Range(0, bytes.Length / 8).Select(i => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * 8)))];
        int[] ids = [.. Ids(dataset.Train), .. Ids(dataset.Validation)];
        Assert.Equal([0L, .. ids.Index().Where(id => id.Item == dataset.Tokenizer.EndOfText).Select(id => id.Index + 1L)], bounds);
    }

    [Fact]
    public void The_seed_decides_the_split_and_the_folder_is_replaced()
    {
        WriteCorpus(40);
        using TokenDataset one = Build(Options() with { SplitSeed = 1 });
        string[] heldOut = Documents(one, one.Validation);
        using TokenDataset two = Build(Options() with { SplitSeed = 2 });
        Assert.NotEqual(heldOut, Documents(two, two.Validation));
        Assert.NotEqual(one.Hash, two.Hash);
        Assert.Equal(heldOut, Documents(one, one.Validation));
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        WriteCorpus(60);
        using TokenDataset one = Build(Options() with { Threads = 1 });
        using TokenDataset two = Build(Options() with { Threads = 2 }, folder["sets", "second"]);
        AssertSameFiles(Target, folder["sets", "second"]);
        Assert.Equal(one.Hash, two.Hash);
    }

    [Fact]
    public void The_hash_is_of_the_content_and_not_of_where_it_came_from()
    {
        WriteCorpus(10);
        using TokenDataset here = Build(Options());
        Directory.Move(Corpus, folder["moved"]);
        using TokenDataset there = Build(Options() with { Source = folder["moved"] }, folder["sets", "second"]);
        Assert.Equal(here.Hash, there.Hash);
        folder.Write("moved/00.txt", "changed");
        using TokenDataset changed = Build(Options() with { Source = folder["moved"] }, folder["sets", "third"]);
        Assert.NotEqual(here.Hash, changed.Hash);
    }

    [Fact]
    public void The_same_dataset_is_opened_and_not_built_again()
    {
        WriteCorpus(10);
        Build(Options()).Dispose();
        string tokens = Path.Combine(Target, "tokens.bin");
        DateTime written = File.GetLastWriteTimeUtc(tokens).AddDays(-1);
        File.SetLastWriteTimeUtc(tokens, written);

        Build(Options() with { Threads = 1 }).Dispose();
        Assert.Equal(written, File.GetLastWriteTimeUtc(tokens));

        folder.Write("corpus/00.txt", "changed");
        Build(Options()).Dispose();
        Assert.NotEqual(written, File.GetLastWriteTimeUtc(tokens));
    }

    [Fact]
    public void A_damaged_dataset_is_built_again()
    {
        WriteCorpus(10);
        using TokenDataset before = Build(Options());
        string hash = before.Hash;
        Flip(Path.Combine(Target, "tokens.bin"));
        Build(Options()).Dispose();
        using TokenDataset after = TokenDataset.Open(Target, verify: true);
        Assert.Equal(hash, after.Hash);
    }

    [Fact]
    public void A_build_that_fails_or_is_cancelled_leaves_nothing()
    {
        WriteCorpus(10);
        folder.Write("corpus/zz.txt", [0xFF]);
        Assert.Throws<InputException>(() => Build(Options()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["sets"]));

        File.Delete(folder["corpus", "zz.txt"]);
        using var cancellation = new CancellationTokenSource();
        var midway = new Cancelling(cancellation);
        Assert.Throws<OperationCanceledException>(() => DatasetBuilder.Build(Options(), Target, midway, cancellation.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["sets"]));
    }

    [Fact]
    public void A_failed_build_leaves_the_dataset_that_was_there()
    {
        WriteCorpus(10);
        Build(Options()).Dispose();
        folder.Write("corpus/zz.txt", [0xFF]);
        Assert.Throws<InputException>(() => Build(Options()));
        TokenDataset.Open(Target, verify: true).Dispose();
    }

    [Fact]
    public void What_a_killed_build_left_is_removed_by_the_next()
    {
        WriteCorpus(10);
        folder.Write("sets/.first.building/tokens.bin", "half");
        Build(Options()).Dispose();
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(folder["sets"]));
    }

    [Fact]
    public async Task Builders_of_the_same_folder_wait_for_each_other()
    {
        WriteCorpus(10);
        Task<string>[] builders = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using TokenDataset dataset = Build(Options());
            return dataset.Hash;
        }))];
        Assert.Single((await Task.WhenAll(builders)).Distinct());
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(folder["sets"]));
    }

    [Fact]
    public void One_document_is_split_at_a_line()
    {
        string path = folder.Write("one.txt", string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i:D2}\n")));
        using TokenDataset dataset = Build(Options() with { Source = path, ValidationShare = .1 });
        Assert.Equal(SplitUnit.Line, dataset.Manifest.Split.Unit);
        Assert.Equal(string.Concat(Enumerable.Range(0, 90).Select(i => $"line {i:D2}\n")), Assert.Single(Documents(dataset, dataset.Train)));
        Assert.Equal(string.Concat(Enumerable.Range(90, 10).Select(i => $"line {i:D2}\n")), Assert.Single(Documents(dataset, dataset.Validation)));
    }

    [Fact]
    public void Empty_documents_are_left_out_and_counted()
    {
        WriteCorpus(5);
        folder.Write("corpus/empty.txt", "");
        folder.Write("corpus/blank.txt", " \r\n\t");
        using TokenDataset dataset = Build(Options());
        Assert.Equal(2, dataset.Manifest.EmptyDocuments);
        Assert.Equal(5, dataset.Manifest.Train.Documents + dataset.Manifest.Validation.Documents);
    }

    [Fact]
    public void Only_empty_documents_are_an_empty_corpus()
    {
        folder.Write("corpus/empty.txt", "");
        folder.Write("corpus/blank.txt", "\n");
        var e = Assert.Throws<InputException>(() => Build(Options()));
        Assert.Equal($"source: '{Corpus}' is empty: 2 documents, none of them with any text", e.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-.1)]
    [InlineData(double.NaN)]
    public void A_validation_share_outside_its_bounds_is_refused(double share)
    {
        WriteCorpus(2);
        var e = Assert.Throws<InputException>(() => Build(Options() with { ValidationShare = share }));
        Assert.Equal($"--validation-share was given {share}; it takes a number between 0 and 1, both excluded.", e.Message);
    }

    [Fact]
    public void No_threads_are_refused() => Assert.Equal(
        "--threads was given 0; it takes a whole number from 1.",
        Assert.Throws<InputException>(() => Build(Options() with { Threads = 0 })).Message);

    [Fact]
    public void A_target_that_cannot_be_written_is_named()
    {
        WriteCorpus(2);
        string below = folder["corpus", "00.txt", "set"];
        Assert.StartsWith($"{below} cannot be written: ", Assert.Throws<InputException>(() => Build(Options(), below)).Message, StringComparison.Ordinal);
        string file = folder["corpus", "00.txt"];
        Assert.Equal($"{file} is a file, a dataset is a folder", Assert.Throws<InputException>(() => Build(Options(), file)).Message);
    }

    [Fact]
    public void A_folder_of_something_else_is_not_replaced()
    {
        WriteCorpus(2);
        folder.Write("sets/first/thesis.txt", "x");
        var e = Assert.Throws<InputException>(() => Build(Options()));
        Assert.Equal($"{Target} is not a dataset folder and not empty: name another", e.Message);
        Assert.Equal("x", File.ReadAllText(folder["sets", "first", "thesis.txt"]));
    }

    [Fact]
    public void What_is_not_a_dataset_folder_is_said_so()
    {
        Assert.Equal($"{Target}: no such dataset folder", Assert.Throws<InputException>(() => TokenDataset.Open(Target)).Message);
        Directory.CreateDirectory(Target);
        Assert.Equal($"{Target} is not a dataset folder: it has no dataset.json", Assert.Throws<InputException>(() => TokenDataset.Open(Target)).Message);
    }

    [Theory]
    [InlineData("tokens.bin")]
    [InlineData("documents.bin")]
    public void A_missing_shortened_or_altered_file_is_named(string name)
    {
        WriteCorpus(10);
        Build(Options()).Dispose();
        string path = Path.Combine(Target, name);
        byte[] bytes = File.ReadAllBytes(path);

        Flip(path);
        TokenDataset.Open(Target).Dispose();
        Assert.StartsWith($"{path} is damaged: its content", Assert.Throws<InputException>(() => TokenDataset.Open(Target, verify: true)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Equal(
            $"{path} is damaged: it has {bytes.Length - 1} bytes, dataset.json says {bytes.Length}",
            Assert.Throws<InputException>(() => TokenDataset.Open(Target)).Message);
        File.Delete(path);
        Assert.Equal($"{path} is missing: the dataset is damaged", Assert.Throws<InputException>(() => TokenDataset.Open(Target)).Message);
    }

    [Theory]
    [InlineData("\"tokens\": ", "\"tokens\": 1")]
    [InlineData("{", "")]
    [InlineData("\"tokenizer\"", "\"tokeniser\"")]
    public void An_altered_manifest_is_named(string from, string to)
    {
        WriteCorpus(10);
        Build(Options()).Dispose();
        string path = Path.Combine(Target, "dataset.json");
        string text = File.ReadAllText(path);
        int at = text.IndexOf(from, StringComparison.Ordinal);
        File.WriteAllText(path, text[..at] + to + text[(at + from.Length)..]);
        Assert.StartsWith($"{path} is damaged: ", Assert.Throws<InputException>(() => TokenDataset.Open(Target)).Message, StringComparison.Ordinal);
    }

    private static int[] Ids(TokenSpan part)
    {
        var ids = new int[part.Length];
        part.Read(0, ids);
        return ids;
    }

    private static string[] Documents(TokenDataset dataset, TokenSpan part)
    {
        var documents = new List<string>();
        int start = 0;
        int[] ids = Ids(part);
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] != dataset.Tokenizer.EndOfText)
                continue;
            documents.Add(dataset.Tokenizer.DecodeText(ids.AsSpan(start, i - start)));
            start = i + 1;
        }

        Assert.Equal(ids.Length, start);
        return [.. documents];
    }

    private static void AssertSameFiles(string one, string two)
    {
        foreach (string name in new[] { "dataset.json", "tokens.bin", "documents.bin" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(one, name)), File.ReadAllBytes(Path.Combine(two, name)));
    }

    /// <summary>Changes a byte that no bound is in.</summary>
    private static void Flip(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[9] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private DatasetOptions Options() => new() { Source = Corpus, Threads = 2 };

    private TokenDataset Build(DatasetOptions options, string? target = null) =>
        DatasetBuilder.Build(options, target ?? Target, cancellation: TestContext.Current.CancellationToken);

    /// <summary>Documents of different lengths, each with its own text.</summary>
    private string[] WriteCorpus(int documents)
    {
        string[] texts = [.. Enumerable.Range(0, documents).Select(i => $"Document {i}: {new string('é', 1 + (i * 37 % 50))}\n")];
        for (int i = 0; i < documents; i++)
            folder.Write($"corpus/{i:D2}.txt", texts[i]);
        return texts;
    }

    /// <summary>Cancels once there are tokens.</summary>
    private sealed class Cancelling(CancellationTokenSource source) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value)
        {
            if (value.Tokens > 0)
                source.Cancel();
        }
    }
}

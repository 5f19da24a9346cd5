using System.Buffers.Binary;
using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>A folder of one test with a corpus, the datasets that are built of it, and what is in those.</summary>
internal sealed class DatasetWorkshop : IDisposable
{
    private static readonly string[] Words = ["the", "kernel", "waits", "über", "élan", "模型", "🙂", "for", "its", "group", "12", "007"];

    public TemporaryFolder Folder { get; } = new();

    public string Corpus => Folder["corpus"];

    public string Sets => Folder["sets"];

    public string Target => Folder["sets", "first"];

    public DatasetOptions Options => new() { Source = Corpus, Threads = 2, ValidationShare = .25 };

    /// <summary>Documents of several lines, no two alike; their characters take one to four bytes.</summary>
    public static string[] Texts(int documents, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, documents).Select(i => $"Document {i}.\n{string.Join(' ', random.GetItems(Words, random.Next(3, 40)))}\n")];
    }

    /// <summary>A text file a document.</summary>
    public string[] WriteCorpus(int documents, int seed = 1, string folder = "corpus")
    {
        string[] texts = Texts(documents, seed);
        WriteFiles(texts, folder);
        return texts;
    }

    public void WriteFiles(IEnumerable<string> texts, string folder = "corpus")
    {
        foreach ((int i, string text) in texts.Index())
            Folder.Write($"{folder}/{i:D3}.txt", text);
    }

    public TokenDataset Build(DatasetOptions options, string? target = null, IProgress<BuildProgress>? progress = null) =>
        DatasetBuilder.Build(options, target ?? Target, progress, TestContext.Current.CancellationToken);

    public static BytePairTokenizer Train(TokenizerTrainingOptions options) =>
        TokenizerTraining.Train(options, cancellation: TestContext.Current.CancellationToken);

    public string Error(DatasetOptions options) => Assert.Throws<InputException>(() => Build(options)).Message;

    /// <summary>What is in the folder of datasets: names, hidden ones too.</summary>
    public string[] Entries() => Directory.Exists(Sets) ? [.. Directory.EnumerateFileSystemEntries(Sets).Select(entry => Path.GetFileName(entry)).Order()] : [];

    /// <summary>The ids of a part as tokens.bin has them, without the reader.</summary>
    public static int[] Ids(TokenDataset dataset, TokenSpan part)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(dataset.Folder, "tokens.bin"));
        int width = dataset.Manifest.BytesPerId;
        int[] ids = [.. bytes.Chunk(width).Select(id => width == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(id) : BinaryPrimitives.ReadInt32LittleEndian(id))];
        int train = (int)dataset.Manifest.Train.Tokens;
        return part == dataset.Train ? ids[..train] : ids[train..];
    }

    /// <summary>Where each document starts, and where the last one ends, as documents.bin has it.</summary>
    public static long[] Bounds(TokenDataset dataset) =>
        [.. File.ReadAllBytes(Path.Combine(dataset.Folder, "documents.bin")).Chunk(sizeof(long)).Select(bound => BinaryPrimitives.ReadInt64LittleEndian(bound))];

    /// <summary>The texts of a part's documents, cut by the bounds; the separator, which is checked, left out.</summary>
    public static string[] Documents(TokenDataset dataset, TokenSpan part)
    {
        int[] ids = Ids(dataset, part);
        long[] bounds = Bounds(dataset);
        int train = (int)dataset.Manifest.Train.Documents;
        bounds = part == dataset.Train ? bounds[..(train + 1)] : bounds[train..];
        return [.. bounds.Zip(bounds[1..], (start, end) =>
        {
            int[] document = ids[(int)(start - bounds[0])..(int)(end - bounds[0])];
            if (dataset.Separator is { } separator)
            {
                Assert.Equal(separator, document[^1]);
                document = document[..^1];
            }

            return Encoding.UTF8.GetString(dataset.Tokenizer.Decode(document));
        })];
    }

    /// <summary>Every text in one part and none in both, all documents as they were, the manifest's numbers those of the files.</summary>
    public static void AssertHolds(IEnumerable<string> texts, TokenDataset dataset)
    {
        string[] train = Documents(dataset, dataset.Train);
        string[] validation = Documents(dataset, dataset.Validation);
        Assert.Equal(texts.Order(StringComparer.Ordinal), train.Concat(validation).Order(StringComparer.Ordinal));
        Assert.Empty(train.Intersect(validation));
        Assert.NotEmpty(train);
        Assert.NotEmpty(validation);
        AssertCounts(dataset.Manifest.Train, train, Ids(dataset, dataset.Train));
        AssertCounts(dataset.Manifest.Validation, validation, Ids(dataset, dataset.Validation));
    }

    public static void AssertSameFiles(string one, string other)
    {
        Assert.Equal(Directory.GetFiles(one).Select(Path.GetFileName).Order(), Directory.GetFiles(other).Select(Path.GetFileName).Order());
        foreach (string file in Directory.GetFiles(one))
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(other, Path.GetFileName(file)))), Path.GetFileName(file));
    }

    public void Dispose() => Folder.Dispose();

    private static void AssertCounts(DatasetPart part, string[] documents, int[] ids)
    {
        Assert.Equal(documents.Length, part.Documents);
        Assert.Equal(ids.Length, part.Tokens);
        Assert.Equal(documents.Sum(Encoding.UTF8.GetByteCount), part.TextBytes);
    }
}

using System.IO.Compression;
using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tests.CommandLine;

namespace Ilgpu.Pretrain.Tests.Slow;

/// <summary>Corpora that are larger than the memory they are given. By tests/slow.sh, not by dotnet test.</summary>
[Trait("Speed", "slow")]
public sealed class LargeCorpusTests : IDisposable
{
    private const long RowBytes = 1_200_000_000;
    private const long CompressedRowBytes = 300_000_000;
    private const long TextBytes = 700_000_000;

    /// <summary>For the collected heap: a sixth of the text.</summary>
    private const long HeapBytes = 384L << 20;

    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(5);
    private readonly byte[] prose;
    private long textBytes;
    private long rows;

    public LargeCorpusTests()
    {
        prose = Prose();
        Directory.CreateDirectory(folder["corpus"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact(Explicit = true)]
    public void A_dataset_is_built_of_more_text_than_memory()
    {
        using (FileStream file = File.Create(folder["corpus", "rows.jsonl"]))
            WriteRows(file, RowBytes);
        using (FileStream file = File.Create(folder["corpus", "more.jsonl.gz"]))
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
            WriteRows(gzip, CompressedRowBytes);
        using (FileStream file = File.Create(folder["corpus", "one.txt"]))
            WriteText(file);
        folder.Write("sample.txt", prose);
        PretrainProcess.Ended trained = PretrainProcess.Run("tokenizer", "--source", folder["sample.txt"], "--vocabulary", "2048", "--out", folder["tokenizer"]);
        Assert.Equal(0, trained.ExitCode);

        Assert.Equal(Build(threads: 2), Build(threads: 1));
    }

    private string Build(int threads)
    {
        string target = folder["set", $"{threads}"];
        using PretrainProcess building = PretrainProcess.Start(
            new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"0x{HeapBytes:X}" },
            "data", "--source", folder["corpus"], "--tokenizer", folder["tokenizer"], "--threads", $"{threads}", "--out", target);
        PretrainProcess.Ended ended = building.WaitForEnd(TimeSpan.FromMinutes(20));
        Assert.True(ended.ExitCode == 0, ended.Errors);
        using TokenDataset dataset = TokenDataset.Open(target, verify: true);
        DatasetManifest manifest = dataset.Manifest;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{threads} threads: {textBytes / 1e9:0.00} GB of text, {rows + 1} documents, {manifest.Train.Tokens + manifest.Validation.Tokens} tokens in {ended.Seconds:0} s, peak resident {ended.PeakResidentBytes / 1e6:0} MB");
        Assert.Equal(rows + 1, manifest.Train.Documents + manifest.Validation.Documents);
        Assert.Equal(textBytes, manifest.Train.TextBytes + manifest.Validation.TextBytes);
        return dataset.Hash;
    }

    private void WriteRows(Stream stream, long bytes)
    {
        using var buffered = new BufferedStream(stream, 1 << 20);
        for (long written = 0; written < bytes; rows++)
        {
            int length = random.Next(200, 12000);
            ReadOnlySpan<byte> text = prose.AsSpan(random.Next(prose.Length - length), length);
            byte[] number = Encoding.ASCII.GetBytes($"{rows}");
            buffered.Write("{\"id\": "u8);
            buffered.Write(number);
            buffered.Write(", \"text\": \""u8);
            buffered.Write(number);
            buffered.Write(text);
            buffered.Write("\"}\n"u8);
            written += length;
            textBytes += number.Length + length;
        }
    }

    private void WriteText(FileStream file)
    {
        for (long written = 0; written < TextBytes; written += prose.Length)
        {
            file.Write(prose);
            textBytes += prose.Length;
        }
    }

    /// <summary>Made-up words of a few letters, frequent ones far more often than rare ones; ASCII, without quotes.</summary>
    private byte[] Prose()
    {
        const int Words = 20000;
        const int Bytes = 8 << 20;
        string[] words = [.. Enumerable.Range(0, Words).Select(_ => new string(random.GetItems("etaoinshrdlucmfwypvbgkqjxz".AsSpan(), random.Next(1, 10))))];
        var text = new StringBuilder(Bytes);
        while (text.Length < Bytes)
            text.Append(words[(int)(Words * Math.Pow(random.NextDouble(), 4))]).Append(random.Next(12) == 0 ? ". " : " ");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}

using BenchmarkDotNet.Attributes;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Taking the texts out of rows, on one thread, beside reading the same bytes as one text.</summary>
[Config(typeof(Rates))]
public class JsonLinesBenchmarks
{
    private readonly string folder = Directory.CreateTempSubdirectory("pretrain-bench-").FullName;
    private TextSource text = null!;
    private TextSource rows = null!;
    private TextSource compressedRows = null!;

    /// <summary>Whether characters beyond ASCII are escapes, as Python's json writes them, or UTF-8.</summary>
    [Params(false, true)]
    public bool EscapesNonAscii { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        byte[] content = JsonLinesContent.Make(EscapesNonAscii);
        rows = Write("rows.jsonl", content);
        compressedRows = Write("rows.jsonl.gz", JsonLinesContent.Compress(content));
        text = Write("rows.txt", content);
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(folder, recursive: true);

    [Benchmark(Baseline = true)]
    public long ReadText() => Read(text);

    [Benchmark]
    public long ReadRows() => Read(rows);

    [Benchmark]
    public long ReadCompressedRows() => Read(compressedRows);

    private static long Read(TextSource source) => source.Documents(CancellationToken.None).Sum(document => (long)document.Utf8.Length);

    private TextSource Write(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        return TextSource.Open(path, JsonLinesContent.TextField, 1, CancellationToken.None);
    }

    private sealed class Rates : ShortInProcessConfig
    {
        public Rates() => AddColumn(new RateColumn("MB/s", "bytes of rows, decompressed", _ => JsonLinesContent.Bytes, unit: 1e6));
    }
}

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>A folder of one test, with a small made-up corpus in it.</summary>
internal sealed class TextCorpus : IDisposable
{
    private const int Documents = 40;

    public TextCorpus()
    {
        Folder = Directory.CreateTempSubdirectory("pretrain-test-").FullName;
        Directory.CreateDirectory(Source);
        var random = new Random(7);
        string[] words = ["the", "kernel", "adds", "a", "row", "to", "each", "tile", "and", "then", "waits", "for", "its", "group"];
        for (int document = 0; document < Documents; document++)
        {
            IEnumerable<string> text = Enumerable.Range(0, 60).Select(_ => words[random.Next(words.Length)]);
            File.WriteAllText(Path.Combine(Source, $"{document:00}.txt"), string.Join(' ', text));
        }
    }

    public string Folder { get; }

    public string Source => Path.Combine(Folder, "corpus");

    public string Runs => Path.Combine(Folder, "runs");

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A training run of a few seconds on the corpus.</summary>
    public string[] Train(params string[] more) => Train(epochs: 4, more);

    public string[] Train(int epochs, params string[] more) =>
    [
        "train", "--data", Source, "--model", "mini-xxs", "--length", "32", "--batch", "2", "--tokens", "8000", "--val-tokens", "500",
        "--epochs", $"{epochs}", "--device", "cpu", "--threads", "2", "--out", Runs, .. more,
    ];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

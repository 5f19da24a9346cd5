using System.Text.Json;

namespace Ilgpu.Pretrain.Training;

/// <summary>metrics.jsonl: one line a logged step or evaluation, handed to the operating system at once.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly FileStream file;

    private MetricsLog(FileStream file, IReadOnlyList<MetricsLine> kept)
    {
        this.file = file;
        Kept = kept;
    }

    /// <summary>The lines that were there when the log was opened.</summary>
    public IReadOnlyList<MetricsLine> Kept { get; }

    /// <summary>
    /// Opens the log to go on after a step. Lines beyond it, which a stopped process wrote after its last checkpoint, are
    /// dropped, so that the file becomes what an undisturbed run writes.
    /// </summary>
    public static MetricsLog Open(string path, long throughStep)
    {
        MetricsLine[] kept = [.. Read(path).Where(line => line.Step <= throughStep)];
        DurableFile.WriteAllText(path, string.Concat(kept.Select(ToText)));
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0), kept);
    }

    /// <summary>The lines of a log; empty where there is none. A line that is not whole ends it.</summary>
    public static IEnumerable<MetricsLine> Read(string path)
    {
        if (!File.Exists(path))
            yield break;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } text)
        {
            if (Parse(text) is not { } line)
                yield break;
            yield return line;
        }
    }

    public void Write(MetricsLine line) => file.Write(System.Text.Encoding.UTF8.GetBytes(ToText(line)));

    public void FlushToDisk() => file.Flush(flushToDisk: true);

    public void Dispose() => file.Dispose();

    private static string ToText(MetricsLine line) => JsonSerializer.Serialize(line, RunJson.Compact) + "\n";

    private static MetricsLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<MetricsLine>(text, RunJson.Compact);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

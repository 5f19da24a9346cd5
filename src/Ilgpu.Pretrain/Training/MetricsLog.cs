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
    /// <param name="path">Need not exist yet.</param>
    /// <param name="throughStep">The last step whose lines are kept.</param>
    /// <param name="warn">Told in one line of each damaged line that is lost.</param>
    public static MetricsLog Open(string path, long throughStep, Action<string>? warn = null)
    {
        MetricsLine[] kept = [.. Read(path, warn).Where(line => line.Step <= throughStep)];
        DurableFile.WriteAllText(path, string.Concat(kept.Select(ToText)));
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0), kept);
    }

    /// <summary>The whole lines of a log; empty where there is none. A last one that is not whole was being written.</summary>
    /// <param name="path">Need not exist.</param>
    /// <param name="warn">Told in one line of each damaged line that is left out.</param>
    public static IEnumerable<MetricsLine> Read(string path, Action<string>? warn = null)
    {
        if (!File.Exists(path))
            yield break;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        for (int number = 1; reader.ReadLine() is { } text; number++)
        {
            if (Parse(text) is { } line)
                yield return line;
            else if (!reader.EndOfStream)
                warn?.Invoke($"Line {number} of '{path}' is damaged and left out.");
        }
    }

    /// <exception cref="IOException">It could not be written, for example because the disk is full.</exception>
    public void Write(MetricsLine line) => Attempt(() => file.Write(System.Text.Encoding.UTF8.GetBytes(ToText(line))));

    /// <exception cref="IOException">The disk failed.</exception>
    public void FlushToDisk() => Attempt(() => file.Flush(flushToDisk: true));

    public void Dispose() => file.Dispose();

    private static void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (IOException e)
        {
            throw new IOException($"The metrics could not be written ({e.Message}); the checkpoints are intact.", e);
        }
    }

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

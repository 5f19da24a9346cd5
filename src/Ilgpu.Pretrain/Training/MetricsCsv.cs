using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Training;

/// <summary>The metrics of runs as one table of comma-separated values, after RFC 4180: a header, CRLF, quotes where needed.</summary>
public static class MetricsCsv
{
    /// <summary>Writes the file as a whole or not at all.</summary>
    /// <returns>Lines below the header.</returns>
    /// <exception cref="IOException">It could not be written.</exception>
    public static long Write(string path, IEnumerable<RunSummary> runs)
    {
        string[] names = [.. FlatJson.NamesOf(typeof(MetricsLine))];
        long lines = 0;
        DurableFile.Write(path, file =>
        {
            using var writer = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\r\n" };
            writer.WriteLine(string.Join(',', names.Prepend("run").Select(Quoted)));
            foreach (RunSummary run in runs)
            {
                foreach (MetricsLine line in RunFolder.ReadMetrics(run.Folder))
                {
                    JsonObject values = JsonSerializer.SerializeToNode(line, RunJson.Compact)!.AsObject();
                    writer.WriteLine(string.Join(',', names.Select(name => $"{values[name]}").Prepend(run.Name).Select(Quoted)));
                    lines++;
                }
            }
        });
        return lines;
    }

    private static string Quoted(string value) =>
        value.AsSpan().IndexOfAny("\",\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

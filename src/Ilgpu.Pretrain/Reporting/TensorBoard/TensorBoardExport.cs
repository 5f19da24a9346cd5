using System.Globalization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Metrics of runs as TensorBoard reads them: a folder a run, an event file in each, scalars in single precision.</summary>
public static class TensorBoardExport
{
    /// <summary>TensorBoard takes files with this in their names.</summary>
    private const string FilePrefix = "events.out.tfevents.";

    private static readonly (string Tag, Func<MetricsLine, double?> Value)[] Scalars =
    [
        ("loss/train", line => line.Loss),
        ("loss/validation", line => line.ValLoss),
        ("bits_per_byte/validation", line => line.BitsPerByte),
        ("optimizer/learning_rate", line => line.LearningRate),
        ("optimizer/gradient_norm", line => line.GradientNorm),
        ("speed/tokens_per_second", line => line.TokensPerSecond),
    ];

    /// <summary>
    /// Writes each run's metrics into a folder named after it; a file from before is replaced, so that a run that went on is
    /// there once.
    /// </summary>
    /// <param name="folder">Made where there is none.</param>
    /// <param name="runs">Of different names; a damaged one is left out.</param>
    /// <returns>Scalars written.</returns>
    /// <exception cref="InputException">Two runs have one name.</exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    public static long Write(string folder, IReadOnlyList<RunSummary> runs)
    {
        RunSummary[] whole = [.. runs.Where(run => run.State != RunState.Damaged)];
        if (whole.GroupBy(run => run.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InputException($"--tensorboard writes a folder a run, and there are {twice.Count()} runs named '{twice.Key}': {string.Join(", ", twice.Select(run => run.Folder))}.");
        return whole.Sum(run => Write(Path.Combine(folder, run.Name), run));
    }

    private static long Write(string folder, RunSummary run)
    {
        DateTimeOffset started = DateTimeOffset.TryParse(run.Started, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset parsed) ? parsed : DateTimeOffset.UnixEpoch;
        DurableFile.CreateFolder(folder);
        long written = 0;
        DurableFile.Write(Path.Combine(folder, $"{FilePrefix}{started.ToUnixTimeSeconds()}.{run.Name}"), file =>
        {
            using var records = new MemoryStream();
            double wallTime = started.ToUnixTimeSeconds();
            TfRecord.Write(records, EventMessage.FileVersion(wallTime));
            long tokens = 0;
            foreach (MetricsLine line in RunFolder.ReadMetrics(run.Folder))
            {
                // Lines carry no time of their own: that of their tokens at their speed, and of evaluations, is added up.
                wallTime += line.TokensPerSecond is { } speed and > 0 ? (line.Tokens - tokens) / speed : line.Kind == MetricsKind.Evaluation ? line.Seconds ?? 0 : 0;
                tokens = line.TokensPerSecond is > 0 ? line.Tokens : tokens;
                (string, float)[] values = [.. Scalars.Select(scalar => (scalar.Tag, Value: scalar.Value(line))).Where(scalar => scalar.Value is not null).Select(scalar => (scalar.Tag, (float)scalar.Value!.Value))];
                if (values.Length == 0)
                    continue;
                TfRecord.Write(records, EventMessage.Scalars(wallTime, line.Step, values));
                written += values.Length;
            }

            records.WriteTo(file);
        });
        return written;
    }
}

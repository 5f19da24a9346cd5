using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How reading and encoding of text comes along: a live line on a terminal, now and then a plain one elsewhere.</summary>
internal sealed class BuildReport(TextWriter words) : IProgress<BuildProgress>, IDisposable
{
    /// <summary>Seconds before a rate means something.</summary>
    private const double ShortestRate = .5;

    private readonly ProgressLine line = new(words);
    private string activity = "";
    private long activityBegan;
    private long bytesBefore;

    public void Report(BuildProgress value)
    {
        if (value.Activity != activity)
        {
            activity = value.Activity;
            activityBegan = Stopwatch.GetTimestamp();
            bytesBefore = value.BytesRead;
        }

        if (!line.IsDue())
            return;
        double share = value.TotalBytes == 0 ? 0 : (double)value.BytesRead / value.TotalBytes;
        line.Rewrite(share, Describe(value, share));
    }

    public void Dispose() => line.Dispose();

    private string Describe(BuildProgress value, double share)
    {
        if (value.TotalBytes == 0)
            return value.Activity;
        double seconds = Stopwatch.GetElapsedTime(activityBegan).TotalSeconds;
        string rate = seconds < ShortestRate ? "" : $"  {Units.Bytes((value.BytesRead - bytesBefore) / seconds)}/s";
        string tokens = value.Tokens == 0 ? "" : $"  {Units.Count(value.Tokens)} tokens";
        return string.Create(CultureInfo.InvariantCulture, $"{value.Activity}  {share:0%} of {Units.Bytes(value.TotalBytes)}  {value.Documents:N0} documents{tokens}{rate}");
    }
}

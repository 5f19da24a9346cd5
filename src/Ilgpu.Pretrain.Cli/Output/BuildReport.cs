using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How reading and encoding of text comes along: a live line on a terminal, now and then a plain one elsewhere.</summary>
internal sealed class BuildReport : IProgress<BuildProgress>, IDisposable
{
    /// <summary>Seconds before a rate means something.</summary>
    private const double ShortestRate = .5;

    private readonly TextWriter words;
    private readonly LiveLine? line;
    private Pause pause;
    private string activity = "";
    private long activityBegan;
    private long bytesBefore;

    public BuildReport(TextWriter words)
    {
        this.words = words;
        line = Terminal.IsBehind(words) ? new LiveLine(words) : null;
        pause = new Pause(line is null ? TimeSpan.FromSeconds(5) : TimeSpan.FromMilliseconds(200));
    }

    public void Report(BuildProgress value)
    {
        if (value.Activity != activity)
        {
            activity = value.Activity;
            activityBegan = Stopwatch.GetTimestamp();
            bytesBefore = value.BytesRead;
        }

        if (!pause.IsOver())
            return;
        double share = value.TotalBytes == 0 ? 0 : (double)value.BytesRead / value.TotalBytes;
        if (line is null)
            words.WriteLine("  " + Describe(value, share));
        else
            line.Rewrite(share, Describe(value, share));
    }

    public void Dispose() => line?.Erase();

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

using System.Globalization;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>The losses of a tuning's points as they come, and where the descent goes.</summary>
internal sealed class TuneProgress(TextWriter words) : ITuningProgress
{
    public void OnAsk(IReadOnlyList<TuningTrial> trials)
    {
    }

    public void OnAnswer(IReadOnlyList<TriedPoint> tried)
    {
        foreach (TriedPoint each in tried)
        {
            string seeds = each.Repeat == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" (other seeds, {each.Repeat})");
            words.WriteLine($"{each.Point}{seeds}: {TuneReport.Loss(each.Loss)}{(each.Divergence is null ? "" : $" ({each.Divergence})")}");
        }
    }

    public void OnMove(TuningPoint from, TuningPoint to) => words.WriteLine($"-> {to}");
}

using System.Globalization;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How far an evaluation is.</summary>
/// <param name="words">For people.</param>
/// <param name="what">Is being done.</param>
internal sealed class EvaluationProgress(TextWriter words, string what) : IDisposable
{
    private readonly ProgressLine line = new(words);

    /// <param name="share">Done, in [0, 1].</param>
    public void Report(double share)
    {
        if (line.IsDue())
            line.Rewrite(share, string.Create(CultureInfo.InvariantCulture, $"{what}  {share:0%}"));
    }

    public void Dispose() => line.Dispose();
}

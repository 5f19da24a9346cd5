using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A line of llm.c's trainer about one step: <c>step 3: train loss 10.924 (took 5812.3 ms)</c>.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Loss">Before the step's update, in nats a token.</param>
/// <param name="Seconds">Forward, backward and update, as the trainer measured it.</param>
internal sealed partial record LlmcStep(int Number, double Loss, double Seconds)
{
    /// <summary>The step that a line of output tells of; null for every other line.</summary>
    public static LlmcStep? Read(string line) => Pattern.Match(line) is { Success: true } match
        ? new(
            int.Parse(match.Groups["step"].ValueSpan, CultureInfo.InvariantCulture),
            double.Parse(match.Groups["loss"].ValueSpan, CultureInfo.InvariantCulture),
            double.Parse(match.Groups["ms"].ValueSpan, CultureInfo.InvariantCulture) / 1e3)
        : null;

    [GeneratedRegex(@"^step (?<step>\d+): train loss (?<loss>-?\d+\.\d+) \(took (?<ms>\d+\.\d+) ms\)\s*$")]
    private static partial Regex Pattern { get; }
}

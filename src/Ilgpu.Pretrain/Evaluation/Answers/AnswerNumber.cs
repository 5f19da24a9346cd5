using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>The number that an answer ends with, as lm-evaluation-harness finds it for GSM8K: strictly or flexibly.</summary>
internal static partial class AnswerNumber
{
    /// <summary>The first number behind ####, or null.</summary>
    public static string? Marked(string answer) => AfterMark().Match(answer) is { Success: true } match ? Plain(match.Groups[1].Value) : null;

    /// <summary>The last number, or null.</summary>
    public static string? Last(string answer) => AnyNumber().Matches(answer) is { Count: > 0 } matches ? Plain(matches[^1].Value) : null;

    /// <summary>Without commas, currency and a point behind it.</summary>
    private static string Plain(string number)
    {
        string plain = number.Replace(",", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal);
        return plain.EndsWith('.') ? plain[..^1] : plain;
    }

    [GeneratedRegex(@"#### (\-?[0-9\.\,]+)")]
    private static partial Regex AfterMark();

    [GeneratedRegex(@"-?[$0-9.,]{2,}|-?[0-9]+")]
    private static partial Regex AnyNumber();
}

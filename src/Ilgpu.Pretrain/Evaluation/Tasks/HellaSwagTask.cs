using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>HellaSwag (arXiv 1905.07830), asked and cleaned of its sources' markup as lm-evaluation-harness does.</summary>
internal sealed partial class HellaSwagTask : EvaluationTask
{
    public override string Name => "hellaswag";

    public override string Takes => "activity_label, ctx_a and ctx_b (texts), endings (two texts or more) and label (the right one's number, from 0)";

    public override TaskMeasure Measure => TaskMeasure.Choice;

    internal override TaskItem Parse(TaskRow row)
    {
        string[] endings = row.Texts("endings");
        if (endings.Length < 2)
            throw row.Wrong($"'endings' has {endings.Length}");
        string context = Clean($"{row.AnyText("activity_label")}: {row.AnyText("ctx_a")} {Capitalized(row.AnyText("ctx_b"))}");
        return new TaskItem(row.Name, [.. endings.Select(ending => new TaskOption(context, " " + Clean(ending)))], row.Gold("label", endings.Length));
    }

    /// <summary>The first letter large, all others small.</summary>
    private static string Capitalized(string text) =>
        text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    private static string Clean(string text) =>
        Bracketed().Replace(text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Bracketed();
}

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// WinoGrande (arXiv 1907.10641) by partial evaluation (arXiv 1806.02847), as lm-evaluation-harness asks it: how likely the rest of
/// the sentence is behind either name in the gap.
/// </summary>
internal sealed class WinograndeTask : EvaluationTask
{
    public override string Name => "winogrande";

    public override string Takes => "sentence (a text with a gap, _), option1 and option2 (texts), and answer (1 or 2)";

    public override TaskMeasure Measure => TaskMeasure.ContextChoice;

    internal override TaskItem Parse(TaskRow row)
    {
        string sentence = row.Text("sentence");
        int gap = sentence.IndexOf('_', StringComparison.Ordinal);
        if (gap < 0 || string.IsNullOrWhiteSpace(sentence[(gap + 1)..]))
            throw row.Wrong("'sentence' has no gap with text behind it");
        string rest = " " + sentence[(gap + 1)..].Trim();
        return new TaskItem(
            row.Name,
            [.. new[] { row.Text("option1"), row.Text("option2") }.Select(option => new TaskOption(sentence[..gap] + option, rest))],
            row.Gold("answer", 2, first: 1));
    }
}

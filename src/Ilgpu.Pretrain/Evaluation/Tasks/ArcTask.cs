namespace Ilgpu.Pretrain.Evaluation;

/// <summary>ARC, Easy and Challenge (arXiv 1803.05457), asked as lm-evaluation-harness does; in the original format or Hugging Face's.</summary>
internal sealed class ArcTask : EvaluationTask
{
    public override string Name => "arc";

    public override string Takes => "question (an object of stem and choices of text and label; or a text, beside choices of lists text and label) and answerKey (a label)";

    public override TaskMeasure Measure => TaskMeasure.Choice;

    internal override TaskItem Parse(TaskRow row)
    {
        bool isOriginal = row.IsObject("question");
        TaskRow holder = isOriginal ? row.Inner("question") : row;
        string question = holder.Text(isOriginal ? "stem" : "question");
        (string[] texts, string[] labels) = isOriginal ? Original(holder) : HuggingFace(row.Inner("choices"));
        if (texts.Length < 2 || texts.Length != labels.Length)
            throw row.Wrong($"'choices' has {texts.Length} texts and {labels.Length} labels");
        string key = row.Text("answerKey");
        int gold = Array.FindIndex(labels, label => Letter(label) == Letter(key));
        if (gold < 0)
            throw row.Wrong($"'answerKey' is '{key}', and the labels are {string.Join(", ", labels)}");
        string context = $"Question: {question}\nAnswer:";
        return new TaskItem(row.Name, [.. texts.Select(text => new TaskOption(context, " " + text))], gold);
    }

    /// <summary>Labels are letters or numbers, and some rows mix them: 1 is A.</summary>
    private static string Letter(string label) => label is [>= '1' and <= '9' and var digit] ? ((char)('A' + digit - '1')).ToString() : label;

    private static (string[] Texts, string[] Labels) Original(TaskRow question)
    {
        TaskRow[] choices = question.Rows("choices");
        return ([.. choices.Select(choice => choice.Text("text"))], [.. choices.Select(choice => choice.Text("label"))]);
    }

    private static (string[] Texts, string[] Labels) HuggingFace(TaskRow choices) => (choices.Texts("text"), choices.Texts("label"));
}

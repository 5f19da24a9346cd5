namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Multiple choice of any origin. Between context and choice stands a space where neither has white space there.</summary>
internal sealed class MultipleChoiceTask : EvaluationTask
{
    public override string Name => "multiple-choice";

    public override string Takes => "context (a text), choices (two texts or more), gold (the right one's number, from 0) and perhaps group (a text to report by)";

    public override TaskMeasure Measure => TaskMeasure.Choice;

    internal override TaskItem Parse(TaskRow row)
    {
        string context = row.AnyText("context");
        string[] choices = row.Texts("choices");
        if (choices.Length < 2)
            throw row.Wrong($"'choices' has {choices.Length}");
        bool isParted = context.Length == 0 || char.IsWhiteSpace(context[^1]);
        return new TaskItem(
            row.Name,
            [.. choices.Select(choice => new TaskOption(context, isParted || char.IsWhiteSpace(choice[0]) ? choice : " " + choice))],
            row.Gold("gold", choices.Length))
        {
            Categories = row.OptionalText("group") is { } group ? [new ItemCategory("group", group)] : [],
        };
    }
}

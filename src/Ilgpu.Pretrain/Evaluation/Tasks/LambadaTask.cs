namespace Ilgpu.Pretrain.Evaluation;

/// <summary>LAMBADA (arXiv 1606.06031): the last word of a passage, as lm-evaluation-harness asks for it: behind a space.</summary>
internal sealed class LambadaTask : EvaluationTask
{
    public override string Name => "lambada";

    public override string Takes => "text (a passage whose last word is asked for), or context and continuation (the word)";

    public override TaskMeasure Measure => TaskMeasure.LastWord;

    internal override TaskItem Parse(TaskRow row)
    {
        if (!row.Has("text"))
            return new TaskItem(row.Name, [new TaskOption(row.Text("context").TrimEnd(), " " + row.Text("continuation").Trim())], Gold: 0);
        string text = row.Text("text").TrimEnd();
        int space = text.LastIndexOf(' ');
        return space > 0
            ? new TaskItem(row.Name, [new TaskOption(text[..space], text[space..])], Gold: 0)
            : throw row.Wrong("'text' is a single word");
    }
}

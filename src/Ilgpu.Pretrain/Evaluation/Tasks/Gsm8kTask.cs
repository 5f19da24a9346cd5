namespace Ilgpu.Pretrain.Evaluation;

/// <summary>GSM8K (arXiv 2110.14168): the answer is written out, and the number at its end compared.</summary>
internal sealed class Gsm8kTask : EvaluationTask
{
    public override string Name => "gsm8k";

    public override string Takes => "question and answer (texts; the answer ends with #### and its number)";

    public override TaskMeasure Measure => TaskMeasure.Answer;

    internal override TaskItem Parse(TaskRow row)
    {
        string answer = row.Text("answer");
        return AnswerNumber.Marked(answer) is not null
            ? new TaskItem(row.Name, [new TaskOption($"Question: {row.Text("question")}\nAnswer:", " " + answer)], Gold: 0)
            : throw row.Wrong("'answer' does not end with #### and a number");
    }
}

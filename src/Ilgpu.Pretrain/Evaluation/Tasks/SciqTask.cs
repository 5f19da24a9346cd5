namespace Ilgpu.Pretrain.Evaluation;

/// <summary>SciQ (arXiv 1707.06209), asked as lm-evaluation-harness does: its passage before the question, the right answer last.</summary>
internal sealed class SciqTask : EvaluationTask
{
    public override string Name => "sciq";

    public override string Takes => "question, distractor1, distractor2, distractor3, correct_answer and support (texts; the last may be empty)";

    public override TaskMeasure Measure => TaskMeasure.Choice;

    internal override TaskItem Parse(TaskRow row)
    {
        string context = $"{row.AnyText("support").TrimStart()}\nQuestion: {row.Text("question")}\nAnswer:";
        string[] answers = [row.Text("distractor1"), row.Text("distractor2"), row.Text("distractor3"), row.Text("correct_answer")];
        return new TaskItem(row.Name, [.. answers.Select(answer => new TaskOption(context, " " + answer))], answers.Length - 1);
    }
}

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>BLiMP (arXiv 1912.00582): which of two whole sentences is likelier, by paradigm and phenomenon.</summary>
internal sealed class BlimpTask : EvaluationTask
{
    /// <summary>The kind of category that published figures are of.</summary>
    internal const string Paradigm = "paradigm";

    public override string Name => "blimp";

    public override string Takes => "sentence_good and sentence_bad (texts), and perhaps UID (its paradigm), linguistics_term (its phenomenon) and field";

    public override TaskMeasure Measure => TaskMeasure.Pair;

    public override bool TakesShots => false;

    public override bool TakesFolders => true;

    internal override TaskItem Parse(TaskRow row) => new(row.Name, [new TaskOption("", row.Text("sentence_good")), new TaskOption("", row.Text("sentence_bad"))], Gold: 0)
    {
        Categories =
        [
            .. new[] { ("phenomenon", "linguistics_term"), (Paradigm, "UID"), ("field", "field") }
                .Where(each => row.Has(each.Item2))
                .Select(each => new ItemCategory(each.Item1, row.Text(each.Item2))),
        ],
    };
}

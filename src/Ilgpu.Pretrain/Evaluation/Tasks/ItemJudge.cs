namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Tells right from wrong by log-likelihoods.</summary>
internal static class ItemJudge
{
    /// <param name="measure">Of the task.</param>
    /// <param name="item">The row.</param>
    /// <param name="logLikelihoods">Of its options.</param>
    /// <param name="isLikeliest">Whether every token of the first option is the likeliest, where the measure asks for that.</param>
    public static ItemOutcome Judge(TaskMeasure measure, TaskItem item, double[] logLikelihoods, bool isLikeliest)
    {
        int predicted = First(logLikelihoods);
        bool isTie = logLikelihoods.Where((each, i) => i != predicted && each == logLikelihoods[predicted]).Any();
        return measure switch
        {
            TaskMeasure.LastWord => new ItemOutcome(0, isLikeliest, null, IsTie: false, logLikelihoods),
            TaskMeasure.Pair => new ItemOutcome(predicted, predicted == item.Gold && !isTie, null, isTie, logLikelihoods),
            TaskMeasure.ContextChoice => new ItemOutcome(predicted, predicted == item.Gold, null, isTie, logLikelihoods),
            TaskMeasure.Choice => new ItemOutcome(predicted, predicted == item.Gold, First(PerByte(item, logLikelihoods)) == item.Gold, isTie, logLikelihoods),
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "It is not told by log-likelihoods."),
        };
    }

    private static double[] PerByte(TaskItem item, double[] logLikelihoods) => [.. logLikelihoods.Select((each, i) => each / item.Options[i].Bytes)];

    /// <summary>The first of the largest, as numpy.argmax gives it; what is no number loses to any.</summary>
    private static int First(double[] values)
    {
        int first = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[first] || (double.IsNaN(values[first]) && !double.IsNaN(values[i])))
                first = i;
        }

        return first;
    }
}

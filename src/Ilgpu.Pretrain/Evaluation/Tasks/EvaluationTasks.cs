namespace Ilgpu.Pretrain.Evaluation;

/// <summary>All tasks.</summary>
public static class EvaluationTasks
{
    public static IReadOnlyList<EvaluationTask> All { get; } =
    [
        new MultipleChoiceTask(), new PiqaTask(), new ArcTask(), new SciqTask(), new HellaSwagTask(),
        new WinograndeTask(), new BlimpTask(), new LambadaTask(), new Gsm8kTask(),
    ];

    /// <exception cref="InputException">There is none of that name.</exception>
    public static EvaluationTask Find(string name) =>
        All.FirstOrDefault(task => task.Name == name)
        ?? throw new InputException($"--task was given '{name}'; it takes one of {string.Join(", ", All.Select(task => task.Name))}.");
}

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A row of a task.</summary>
/// <param name="Name">Its file and line.</param>
/// <param name="Options">What is weighed; one where the task asks how likely a single text is, or for an answer.</param>
/// <param name="Gold">The right one's number, from 0.</param>
public sealed record TaskItem(string Name, IReadOnlyList<TaskOption> Options, int Gold)
{
    /// <summary>What it is reported by beside all.</summary>
    public IReadOnlyList<ItemCategory> Categories { get; init; } = [];

    /// <summary>The row with its answer, as it stands before others as an example.</summary>
    public string Solved => Options[Gold].Context + Options[Gold].Continuation;

    /// <summary>The row behind a text.</summary>
    public TaskItem Behind(string text) => this with { Options = [.. Options.Select(option => option with { Context = text + option.Context })] };
}

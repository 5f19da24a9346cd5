using System.Globalization;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A study for people: its steps and what came out, or what it would take.</summary>
internal static class StudyTables
{
    private const string Nothing = "-";

    public static void Write(TextWriter words, StudyOutcome outcome)
    {
        words.WriteLine();
        WriteSteps(words, outcome.Steps);
        words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Units.Duration(TimeSpan.FromSeconds(outcome.Seconds))}, of which {Share(outcome):0.0%} went into something else than training, measuring and fitting; {outcome.Folder}"));
        foreach (StepReport step in outcome.Failed)
            words.WriteLine($"{(step.State == StepState.Failed ? "Failed" : "Not begun")}: {step.Step.Name}: {step.Message}");
    }

    public static void WriteSteps(TextWriter words, IReadOnlyList<StepReport> steps)
    {
        var table = new TextTable(("step", false), ("kind", false), ("state", false), ("loss", true), ("", false));
        foreach (StepReport step in steps)
        {
            table.Add(
                step.Step.Name,
                step.Step.Kind,
                State(step.State),
                step.Result?.Loss is { } loss ? loss.ToString("0.0000", CultureInfo.InvariantCulture) : Nothing,
                step.Message ?? step.Result?.Summary ?? "");
        }

        table.Write(words);
    }

    public static void Write(TextWriter words, StudyEstimate estimate)
    {
        var table = new TextTable(("step", false), ("run", false), ("FLOPs", true), ("takes", true), ("", false));
        foreach (EstimatedWork work in estimate.Work)
            table.Add(work.Step.Name, work.Name, Units.Count(work.Flops), work.IsDone ? Nothing : Units.Duration(TimeSpan.FromSeconds(work.Seconds)), work.IsDone ? "finished" : work.IsUpper ? "at most" : "");
        table.Write(words);
        foreach ((string step, string note) in estimate.Notes)
            words.WriteLine($"{step}: {note}");
        foreach ((string step, string why) in estimate.Skipped)
            words.WriteLine($"{step}: not done: {why}");
        words.WriteLine($"{estimate.Work.Count(work => work is { IsDone: false, RunId: not null })} runs to train, {Units.Count(estimate.Flops)} FLOPs; {Hours(estimate)}, {estimate.Slots} at a time.");
    }

    /// <summary>What is left to do, in words.</summary>
    public static string Hours(StudyEstimate estimate) => estimate.IsUpper
        ? $"at most {Units.Hours(estimate.Hours)}, {Units.Hours(estimate.CertainHours)} of them certain"
        : Units.Hours(estimate.Hours);

    public static string State(StepState state) => state.ToString().ToLowerInvariant();

    /// <summary>Of its time, what a study spent on itself.</summary>
    public static double Share(StudyOutcome outcome) => Math.Max(0, 1 - (outcome.BusySeconds / outcome.Seconds));
}

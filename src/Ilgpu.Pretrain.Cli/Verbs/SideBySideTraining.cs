using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>Trains the runs of a verb, as many at a time as fit, and says how they come along.</summary>
internal static class SideBySideTraining
{
    /// <param name="runs">Each with the name it is reported by.</param>
    /// <param name="options">Of every run.</param>
    /// <param name="description">Of the verb's device.</param>
    /// <param name="openDevice">Opens it once more, with so many threads.</param>
    /// <param name="atATime">Runs at a time; null for as many as the processor and the memory have room for.</param>
    /// <param name="words">For people.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    /// <returns>The results, in order; null when interrupted.</returns>
    public static IReadOnlyList<RunResult>? Run(
        IReadOnlyList<(string Name, PlannedRun Run)> runs,
        TrainingOptions options,
        DeviceDescription description,
        Func<int?, Device> openDevice,
        int? atATime,
        TextWriter words,
        CancellationToken cancellation) =>
        TrainAll(SideBySide.Run, runs, options, description, openDevice, atATime, words, cancellation);

    /// <summary>As <see cref="Run"/>, but through <see cref="SideBySide.RunDespiteDivergence"/>.</summary>
    /// <returns>The results of the runs that did not diverge, in order; null when interrupted.</returns>
    public static IReadOnlyList<RunResult>? RunDespiteDivergence(
        IReadOnlyList<(string Name, PlannedRun Run)> runs,
        TrainingOptions options,
        DeviceDescription description,
        Func<int?, Device> openDevice,
        int? atATime,
        TextWriter words,
        CancellationToken cancellation) =>
        TrainAll(SideBySide.RunDespiteDivergence, runs, options, description, openDevice, atATime, words, cancellation);

    private static IReadOnlyList<RunResult>? TrainAll(
        Func<IReadOnlyList<PlannedRun>, TrainingOptions, Func<Device>, int, Func<int, ITrainingProgress?>, CancellationToken, TrainingOutcome?[]> train,
        IReadOnlyList<(string Name, PlannedRun Run)> runs,
        TrainingOptions options,
        DeviceDescription description,
        Func<int?, Device> openDevice,
        int? atATime,
        TextWriter words,
        CancellationToken cancellation)
    {
        int together = Math.Min(runs.Count, atATime ?? SideBySide.FittingAtATime([.. runs.Select(run => run.Run.Config)], options, description));
        int? threads = description.Kind == DeviceKind.Cpu ? Math.Max(1, description.Threads / together) : null;
        words.WriteLine($"{runs.Count} {(runs.Count == 1 ? "run" : "runs")}, {together} at a time on {description.Name}{(threads is { } each ? $", {each} {(each == 1 ? "thread" : "threads")} each" : "")}; ILGPU: {IlgpuRuntime.Description}");
        using var report = new SideBySideReport(words);
        ITrainingProgress[] progress = [.. runs.Select(run => report.Add(run.Name, run.Run.Config.Steps))];
        TrainingOutcome?[] outcomes = train([.. runs.Select(run => run.Run)], options, () => openDevice(threads), together, i => progress[i], cancellation);
        return outcomes.All(outcome => outcome is { Status: not TrainingStatus.Interrupted }) ? [.. outcomes.Select(outcome => outcome!.Result).OfType<RunResult>()] : null;
    }
}

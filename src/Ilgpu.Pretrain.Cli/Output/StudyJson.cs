using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A study as JSON.</summary>
internal static class StudyJson
{
    public static void Print(StudyOutcome outcome) => JsonOutput.Print(new
    {
        study = outcome.Study.Name,
        outcome.Folder,
        outcome.Seconds,
        outcome.Slots,
        outcome.BusySeconds,
        overhead = StudyTables.Share(outcome),
        interrupted = outcome.IsInterrupted,
        over_budget = outcome.IsOverBudget,
        ilgpu = IlgpuRuntime.Kind,
        failed = outcome.Failed.Select(step => new { step.Step.Name, step.State, step.Message }),
        steps = outcome.Steps.Select(Of),
    });

    public static object Of(StepReport step) => new
    {
        step.Step.Name,
        step.Step.Kind,
        step.State,
        step.Message,
        step.Result?.Loss,
        summary = step.Result?.Summary is { Length: > 0 } summary ? summary : null,
        needs = step.Step.Needs.Select(need => need.Name),
        runs = step.Result is { Runs: { Count: > 0 } runs } ? runs.Select(run => new { run.Name, run.Config.Id, run.Folder, run.Result.ValLoss }) : null,
        accuracies = (step.Result as EvaluationResult)?.Accuracies,
        fit = (step.Result as FitResult)?.Json,
    };

    public static void Print(StudyEstimate estimate) => JsonOutput.Print(new
    {
        study = estimate.Study.Name,
        estimate.Slots,
        estimate.Flops,
        estimate.Hours,
        estimate.CertainHours,
        is_upper = estimate.IsUpper,
        estimate.Notes,
        estimate.Skipped,
        runs = estimate.Work.Select(work => new { step = work.Step.Name, work.Name, work.RunId, work.Flops, work.Seconds, at_most = work.IsUpper, finished = work.IsDone }),
    });
}

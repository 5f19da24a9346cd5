using System.Diagnostics;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// Carries out a study: every step as soon as those that it needs are done, many at a time; their runs wait for the scheduler's slots.
/// </summary>
public static class StudyRunner
{
    /// <summary>Of a budget, what saving may take; never more than a minute.</summary>
    private const double SavingShare = .02;

    /// <param name="study">What.</param>
    /// <param name="options">How.</param>
    /// <param name="precision">Of runs that say none.</param>
    /// <param name="scheduler">Where trainings are carried out.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    /// <exception cref="InputException">The ledger contradicts a run on disk, or the folder cannot be written. What is wrong with one step is reported with it.</exception>
    public static StudyOutcome Run(Study study, StudyOptions options, ComputePrecision precision, IStudyScheduler scheduler, CancellationToken cancellation)
    {
        options.Ledger.RequireAgreement(new RunStore(options.Out));
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (options.Budget is { } time)
            budget.CancelAfter(time - TimeSpan.FromSeconds(Math.Min(60, SavingShare * time.TotalSeconds)));
        using var context = new StudyContext(study, options, precision, scheduler, budget.Token);
        var folder = new StudyFolder(study, options.Out);
        var run = new Progression(context, folder, scheduler);
        IReadOnlyList<StepReport> reports = run.Run(study);
        return run.Outcome(study, reports, isOverBudget: options.Budget is not null && budget.IsCancellationRequested && !cancellation.IsCancellationRequested);
    }

    /// <summary>Each step's state, and its result where it has one, without doing or writing anything.</summary>
    /// <exception cref="InputException">The ledger contradicts a run on disk.</exception>
    public static IReadOnlyList<StepReport> Status(Study study, StudyOptions options, ComputePrecision precision)
    {
        options.Ledger.RequireAgreement(new RunStore(options.Out));
        using var context = new StudyContext(study, options, precision, scheduler: null, CancellationToken.None);
        StudyRecord? before = StudyFolder.Find(study, options.Out);
        var reports = new List<StepReport>();
        foreach (StudyStep step in study.Steps)
            reports.Add(StatusOf(step, context, reports, before?.Steps.FirstOrDefault(each => each.Name == step.Name)));
        return reports;
    }

    private static StepReport StatusOf(StudyStep step, StudyContext context, List<StepReport> before, StepRecord? recorded)
    {
        StepReport[] open = [.. before.Where(report => step.Needs.Contains(report.Step) && report is { Result: null, State: not StepState.Found })];
        StepReport[] missing = [.. open.Where(report => !(step.TakesSome && report.State == StepState.Skipped))];
        try
        {
            if (step.WhyMissing(context) is { } why)
                return new StepReport(step, StepState.Skipped, why);
            if (missing.Length > 0)
            {
                return missing[0].State == StepState.Skipped
                    ? new StepReport(step, StepState.Skipped, $"{missing[0].Step.Name} is skipped")
                    : new StepReport(step, StepState.Pending, $"needs {string.Join(", ", missing.Select(report => report.Step.Name))}");
            }

            if (step.Find(context) is { } result)
            {
                context.SetResult(step, result);
                return new StepReport(step, StepState.Found, Result: result);
            }

            // Nothing is fitted only to look.
            if (step is FitStep && recorded is { State: StepState.Done })
                return new StepReport(step, StepState.Found);
            string? progress = step.Describe(context);
            return recorded is { State: StepState.Failed }
                ? new StepReport(step, StepState.Failed, $"{recorded.Message}{(progress is null ? "" : $" ({progress})")}")
                : new StepReport(step, StepState.Pending, progress);
        }
        catch (InputException e)
        {
            return new StepReport(step, StepState.Failed, e.Message);
        }
    }

    /// <summary>A study that is being carried out.</summary>
    private sealed class Progression(StudyContext context, StudyFolder folder, IStudyScheduler scheduler)
    {
        private readonly Stopwatch clock = Stopwatch.StartNew();
        private readonly Lock gate = new();
        private readonly Dictionary<StudyStep, StepReport> reports = [];
        private double otherSeconds;

        public IReadOnlyList<StepReport> Run(Study study)
        {
            foreach (StudyStep step in study.Steps)
                reports[step] = new StepReport(step, StepState.Pending);
            var tasks = new Dictionary<StudyStep, Task>();
            foreach (StudyStep step in study.Steps)
            {
                // A thread each: most of their time they wait for slots.
                Task[] needs = [.. step.Needs.Select(need => tasks[need])];
                tasks[step] = needs.Length == 0
                    ? Task.Factory.StartNew(() => Take(step), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                    : Task.Factory.ContinueWhenAll(needs, _ => Take(step), CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);
            }

            Task.WaitAll([.. tasks.Values], CancellationToken.None);
            return [.. study.Steps.Select(step => reports[step])];
        }

        public StudyOutcome Outcome(Study study, IReadOnlyList<StepReport> steps, bool isOverBudget)
        {
            var outcome = new StudyOutcome(study, steps, folder.Location, clock.Elapsed.TotalSeconds, scheduler.Slots, scheduler.BusySeconds + otherSeconds, scheduler.WorkSeconds, isOverBudget)
            {
                Runs = [.. context.KnownRuns.Values],
            };
            folder.Write(StudyRecord.Of(outcome), isLast: true);
            return outcome;
        }

        private void Take(StudyStep step)
        {
            double started = clock.Elapsed.TotalSeconds;
            StepReport report;
            try
            {
                if (Refuse(step) is { } refused)
                {
                    Tell(refused);
                    return;
                }

                Tell(new StepReport(step, StepState.Running));
                report = Reach(step);
            }
            catch (OperationCanceledException)
            {
                // A worker process may have been asked before this one.
                report = new StepReport(step, StepState.Interrupted, "saved, to go on");
            }
            catch (Exception e)
            {
                // Whatever it is: what does not depend on the step goes on.
                bool isKnown = e is InputException or TrainingDivergedException or Kernels.DeviceFailedException or IOException or UnauthorizedAccessException;
                report = new StepReport(step, StepState.Failed, isKnown ? e.Message : $"{e.GetType().Name}: {e.Message}");
            }

            Tell(report with { Seconds = clock.Elapsed.TotalSeconds - started });
        }

        private StepReport Reach(StudyStep step)
        {
            if (step.Find(context) is { } found)
            {
                context.SetResult(step, found);
                return new StepReport(step, StepState.Found, Result: found);
            }

            context.Cancellation.ThrowIfCancellationRequested();
            double started = clock.Elapsed.TotalSeconds, busy = scheduler.BusySeconds;
            StepResult result = step.Do(context);
            if (step is DatasetStep or FitStep && scheduler.BusySeconds == busy)
            {
                // Work that takes no slot: the study's, and not its overhead.
                lock (gate)
                    otherSeconds += clock.Elapsed.TotalSeconds - started;
            }

            context.SetResult(step, result);
            return new StepReport(step, StepState.Done, Result: result);
        }

        /// <summary>Why a step cannot begin, or null.</summary>
        private StepReport? Refuse(StudyStep step)
        {
            StepReport[] open;
            lock (gate)
                open = [.. step.Needs.Select(need => reports[need]).Where(report => report.Result is null && !(step.TakesSome && report.State == StepState.Skipped))];
            string Names(Func<StepReport, bool> which) => string.Join(", ", open.Where(which).Select(report => report.Step.Name));
            if (open.Any(report => report.State is StepState.Failed or StepState.Blocked))
                return new StepReport(step, StepState.Blocked, $"needs {Names(report => report.State is StepState.Failed or StepState.Blocked)}");
            if (open.Any(report => report.State is StepState.Interrupted or StepState.Pending))
                return new StepReport(step, StepState.Pending, $"needs {Names(report => report.State is StepState.Interrupted or StepState.Pending)}");
            if (open.Length > 0)
                return new StepReport(step, StepState.Skipped, $"needs {Names(_ => true)}, which is skipped");
            return step.WhyMissing(context) is { } why ? new StepReport(step, StepState.Skipped, why) : null;
        }

        private void Tell(StepReport report)
        {
            lock (gate)
            {
                reports[report.Step] = report;
                context.Progress.OnStep(report);
                if (report.State != StepState.Running)
                    folder.Write(StudyRecord.Of(new StudyOutcome(context.Study, [.. context.Study.Steps.Select(step => reports[step])], folder.Location, clock.Elapsed.TotalSeconds, scheduler.Slots, scheduler.BusySeconds + otherSeconds, scheduler.WorkSeconds, false)), isLast: false);
            }
        }
    }
}

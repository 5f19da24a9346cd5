using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What a study would take, before it is carried out.</summary>
/// <param name="Study">Which.</param>
/// <param name="Work">Every run and measurement, in the study's order; a run that several steps have in common once.</param>
/// <param name="Notes">Why steps' estimates are upper ones, by their names.</param>
/// <param name="Skipped">Steps that would be skipped or fail, and why.</param>
/// <param name="Slots">Trainings at a time.</param>
public sealed record StudyEstimate(
    Study Study,
    IReadOnlyList<EstimatedWork> Work,
    IReadOnlyDictionary<string, string> Notes,
    IReadOnlyDictionary<string, string> Skipped,
    int Slots)
{
    /// <summary>What is left to do, where every slot always has something to do.</summary>
    public double Hours => HoursOf(_ => true);

    /// <summary>The part of it that is certain.</summary>
    public double CertainHours => HoursOf(work => !work.IsUpper);

    /// <summary>What is left to do.</summary>
    public double Flops => Work.Where(work => !work.IsDone).Sum(work => work.Flops);

    public bool IsUpper => Work.Any(work => work is { IsUpper: true, IsDone: false });

    /// <summary>The first run that would be trained; null where none is left.</summary>
    public EstimatedWork? First => Work.FirstOrDefault(work => work is { IsDone: false, RunId: not null });

    /// <summary>Estimates a study. Its datasets are built where they are not there; nothing is trained.</summary>
    /// <param name="study">Which.</param>
    /// <param name="options">Folders and the ledger.</param>
    /// <param name="precision">Of runs that say none.</param>
    /// <param name="slots">Trainings at a time.</param>
    /// <param name="openDevice">Opens a slot's device.</param>
    /// <param name="cancellation">Between measurements.</param>
    /// <exception cref="InputException">A configuration or a dataset cannot be used.</exception>
    public static StudyEstimate Of(Study study, StudyOptions options, ComputePrecision precision, int slots, Func<Device> openDevice, CancellationToken cancellation)
    {
        options.Ledger.RequireAgreement(new Training.RunStore(options.Out));
        using var context = new StudyContext(study, options, precision, scheduler: null, cancellation);
        var estimates = new EstimateContext(context);
        using var rates = new StepRates(slots, openDevice);
        var work = new List<EstimatedWork>();
        var notes = new Dictionary<string, string>();
        var skipped = new Dictionary<string, string>();
        HashSet<string> seen = [];
        foreach (StudyStep step in study.Steps)
        {
            if (WhySkipped(step, skipped, context) is { } why)
            {
                skipped[step.Name] = why;
                continue;
            }

            if (step is DatasetStep)
            {
                try
                {
                    context.SetResult(step, step.Do(context));
                }
                catch (InputException e)
                {
                    skipped[step.Name] = $"fails: {e.Message}";
                    continue;
                }
            }

            StepEstimate estimate = estimates.Add(step);
            if (estimate.Note is { } note)
                notes[step.Name] = note;
            foreach (RunEstimate run in estimate.Runs.Where(run => seen.Add(run.Config.Id)))
                work.Add(new EstimatedWork(step, run.Name, run.Config.Id, run.Flops, run.IsDone ? 0 : run.Flops / rates.FlopsPerSecond(run.Config, cancellation), run.IsUpper, run.IsDone));
            bool isDone = estimates.Find(step) is not null;
            work.AddRange(estimate.Others.GroupBy(other => other.What).Select(others => Other(step, others, rates, isDone, cancellation)));
        }

        return new StudyEstimate(study, work, notes, skipped, slots);
    }

    private static EstimatedWork Other(StudyStep step, IGrouping<string, (string What, RunEstimate Of, double Flops)> others, StepRates rates, bool isDone, CancellationToken cancellation) => new(
        step,
        $"{step.Name}, {others.Key}",
        null,
        others.Sum(other => other.Flops),
        isDone ? 0 : others.Sum(other => other.Flops / rates.FlopsPerSecond(other.Of.Config, cancellation)),
        others.Any(other => other.Of.IsUpper),
        isDone);

    private static string? WhySkipped(StudyStep step, Dictionary<string, string> skipped, StudyContext context)
    {
        if (step.WhyMissing(context) is { } why)
            return why;
        return step.TakesSome ? null : step.Needs.FirstOrDefault(need => skipped.ContainsKey(need.Name)) is { } missing ? $"needs {missing.Name}" : null;
    }

    private double HoursOf(Func<EstimatedWork, bool> which) => Work.Where(work => !work.IsDone && which(work)).Sum(work => work.Seconds) / 3600 / Slots;
}

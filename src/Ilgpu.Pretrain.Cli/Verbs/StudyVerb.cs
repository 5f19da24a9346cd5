using System.Diagnostics;
using System.Reflection;
using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("study", HelpText = "Carries out a YAML file of runs, sweeps, tunings, ensembles and fits that refer to each other: what is finished is found, what fails is reported at the end.")]
internal sealed class StudyVerb : DeviceVerb
{
    private const int MostSlots = 1024;

    [Value(0, MetaName = "FILE", Required = true, HelpText = "The study, as in studies/.")]
    public string File { get; set; } = "";

    [Option("out", Default = "runs", HelpText = "The folder of runs; datasets, ensembles, tunings and studies lie below it.")]
    public string Out { get; set; } = "";

    [Option("side-by-side", HelpText = "Runs trained at a time; default: as many as there are cores, one on a GPU. The results do not depend on it.")]
    public int? AtATime { get; set; }

    [Option("processes", HelpText = "Train in so many worker processes instead of in this one.")]
    public int? Processes { get; set; }

    [Option("dry-run", HelpText = "List the runs with their FLOPs and hours, by a rate that is measured now. Datasets are built, nothing is trained.")]
    public bool IsDryRun { get; set; }

    [Option("status", HelpText = "Tell each step's state. Nothing is done or written.")]
    public bool IsStatus { get; set; }

    [Option("budget", HelpText = "Hours after which everything is saved and left; refused where the first run would take longer.")]
    public double? Budget { get; set; }

    [Option("ledger", HelpText = "A file of results to start from, which need not be computed again.")]
    public string? Ledger { get; set; }

    [Option("export-ledger", HelpText = "Write every configuration and result of the study to this file, to be committed or taken elsewhere.")]
    public string? ExportedLedger { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        RequireTogether();
        var study = Study.Read(File);
        using var report = new StudyReport(Words, study);
        var options = new StudyOptions
        {
            Out = Out,
            Progress = report,
            Ledger = Ledger is null ? StudyLedger.Empty : StudyLedger.Read(Ledger),
            Budget = Budget is { } hours ? TimeSpan.FromHours(hours) : null,
        };
        (int slots, int? threads, ComputePrecision precision) = Slots(study);
        Device Open() => OpenDevice(threads);
        if (IsStatus)
            return ShowStatus(StudyRunner.Status(study, options, precision));
        if (IsDryRun || Budget is not null)
        {
            var estimate = StudyEstimate.Of(study, options, precision, slots, Open, cancellation);
            if (IsDryRun)
                return ShowEstimate(estimate);
            RequireBudget(estimate);
            options = options with { Budget = options.Budget - clock.Elapsed };
        }

        Words.WriteLine(Processes is null
            ? $"Study {study.Name}: {study.Steps.Count} steps, {slots} {(slots == 1 ? "run" : "runs")} at a time{(threads is { } each ? $", {each} {(each == 1 ? "thread" : "threads")} each" : "")}; ILGPU: {IlgpuRuntime.Description}"
            : $"Study {study.Name}: {study.Steps.Count} steps in {slots} worker processes; ILGPU: {IlgpuRuntime.Description}");
        StudyOutcome outcome;
        using (IStudyScheduler scheduler = Processes is null ? new LocalScheduler(slots, Open) : new ProcessScheduler(slots, () => Worker(threads), Open))
            outcome = StudyRunner.Run(study, options, precision, scheduler, cancellation);
        report.EndProgress();
        if (ExportedLedger is not null)
            StudyLedger.Export(ExportedLedger, outcome, options);
        return Finish(outcome);
    }

    private void RequireTogether()
    {
        InputException.ThrowUnless(AtATime is null or (>= 1 and <= MostSlots), "--side-by-side", AtATime, $"a whole number from 1 to {MostSlots}");
        InputException.ThrowUnless(Processes is null or (>= 1 and <= MostSlots), "--processes", Processes, $"a whole number from 1 to {MostSlots}");
        InputException.ThrowUnless(Budget is null or (> 0 and <= 1e6), "--budget", Budget, "hours above 0, up to 1000000");
        if (AtATime is not null && Processes is not null)
            throw new InputException("--side-by-side and --processes both say how many runs are trained at a time: give one of them.");
        if (IsDryRun && IsStatus)
            throw new InputException("--dry-run and --status are two questions: ask one at a time.");
        if ((IsDryRun || IsStatus) && ExportedLedger is not null)
            throw new InputException("--export-ledger writes what a study has: leave out --dry-run and --status; a study that is finished only looks its results up.");
    }

    /// <summary>Trainings at a time, threads each has, and the precision of runs that say none.</summary>
    private (int Slots, int? Threads, ComputePrecision Precision) Slots(Study study)
    {
        using Device device = OpenDevice();
        DeviceDescription description = device.Description;
        int slots = Processes ?? AtATime ?? StudySlots.FittingAtATime(study, description);
        int? threads = description.Kind == DeviceKind.Cpu ? Math.Max(1, device.Threads / slots) : null;
        return (slots, threads, description.HasTensorCores ? ComputePrecision.Bf16 : ComputePrecision.Fp32);
    }

    private void RequireBudget(StudyEstimate estimate)
    {
        double hours = Budget!.Value;
        Words.WriteLine($"Estimate: {StudyTables.Hours(estimate)}; the budget is {Units.Hours(hours)}.");
        if (estimate.First is { } first && first.Seconds / 3600 > hours)
        {
            throw new InputException(FormattableString.Invariant(
                $"--budget was given {hours}; the first run, {first.Name}, takes {first.Seconds / 3600:G3} hours here, and the whole study {(estimate.IsUpper ? "at most " : "")}{estimate.Hours:G3}: give more, or a smaller study."));
        }

        if (estimate.Hours > hours)
            Words.WriteLine("The study is saved and left when the budget is spent; the same command goes on with it.");
    }

    /// <summary>This program again, as a worker.</summary>
    private ProcessStartInfo Worker(int? threads)
    {
        string program = Assembly.GetEntryAssembly()!.Location;
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        if (isHosted)
            start.ArgumentList.Add(program);
        start.ArgumentList.Add(StudyWorkerVerb.Name);
        if (DeviceName is not null)
            Add("--device", DeviceName);
        if (threads is { } each)
            Add("--threads", FormattableString.Invariant($"{each}"));
        return start;

        void Add(string flag, string value)
        {
            start.ArgumentList.Add(flag);
            start.ArgumentList.Add(value);
        }
    }

    private int ShowStatus(IReadOnlyList<StepReport> steps)
    {
        if (Json)
            JsonOutput.Print(new { steps = steps.Select(StudyJson.Of) });
        else
            StudyTables.WriteSteps(Words, steps);
        return ExitCode.Done;
    }

    private int ShowEstimate(StudyEstimate estimate)
    {
        if (Json)
            StudyJson.Print(estimate);
        else
            StudyTables.Write(Words, estimate);
        return ExitCode.Done;
    }

    private int Finish(StudyOutcome outcome)
    {
        if (Json)
            StudyJson.Print(outcome);
        else
            StudyTables.Write(Words, outcome);
        if (outcome.IsOverBudget)
            Words.WriteLine("The budget is spent; what was under way is saved, and the same command goes on with it.");
        if (outcome.Failed.Count > 0)
            return ExitCode.Failed;
        return outcome.IsInterrupted ? ExitCode.Interrupted : ExitCode.Done;
    }
}

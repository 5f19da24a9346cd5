using System.Collections.Concurrent;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What steps work with: the folders, the ledger, each other's results, and somewhere to train. From any thread.</summary>
internal sealed class StudyContext : IDisposable
{
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(1);

    private readonly Study study;
    private readonly StudyOptions options;
    private readonly ComputePrecision precision;
    private readonly IStudyScheduler? scheduler;
    private readonly OpenDatasets datasets = new();
    private readonly ConcurrentDictionary<StudyStep, StepResult> results = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<StudyRun>>> trainings = new();
    private readonly ConcurrentDictionary<string, StudyRun> known = new();
    private readonly ConcurrentDictionary<string, Lazy<TaskAccuracy>> asked = new();

    /// <param name="study">Whose steps they are.</param>
    /// <param name="options">Folders and the like.</param>
    /// <param name="precision">Of runs that say none.</param>
    /// <param name="scheduler">Null where nothing is to be trained.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    public StudyContext(Study study, StudyOptions options, ComputePrecision precision, IStudyScheduler? scheduler, CancellationToken cancellation)
    {
        this.study = study;
        this.options = options;
        this.precision = precision;
        this.scheduler = scheduler;
        Cancellation = cancellation;
        Runs = new RunStore(options.Out);
    }

    public Study Study => study;

    public RunStore Runs { get; }

    public StudyLedger Ledger => options.Ledger;

    public IStudyProgress Progress => options.Progress;

    public CancellationToken Cancellation { get; }

    public string DataFolder => Path.Combine(options.Out, "data");

    public string SyntheticFolder => Path.Combine(options.Out, "synthetic");

    public string EnsemblesFolder => Path.Combine(options.Out, "ensembles");

    public string EvaluationsFolder => Path.Combine(options.Out, "evaluations");

    /// <summary>Every finished run that a step asked for, by its id.</summary>
    public IReadOnlyDictionary<string, StudyRun> KnownRuns => known;

    public void SetResult(StudyStep step, StepResult result) => results[step] = result;

    public StepResult? FindResult(StudyStep step) => results.GetValueOrDefault(step);

    /// <summary>The result of a step that another needs.</summary>
    public StepResult ResultOf(StudyStep step) => results[step];

    public DatasetIdentity IdentityOf(RunSettings settings) => ((DatasetResult)ResultOf(DataOf(settings))).Identity;

    /// <summary>The dataset that runs of these settings are on.</summary>
    public static DatasetStep DataOf(RunSettings settings) => settings.Data ?? DataOf(settings.Tuning!.Settings);

    /// <summary>The configuration that settings say, once their dataset and tuning have results.</summary>
    public TrainingConfig Configure(RunSettings settings, Place place) =>
        settings.Build(IdentityOf(settings), precision, settings.Tuning is { } tuning ? ((TunedResult)ResultOf(tuning)).Optimum : null, place);

    /// <summary>The same where the tuning's optimum is not known, with another configuration in its place.</summary>
    public TrainingConfig Configure(RunSettings settings, Place place, TrainingConfig? optimum) => settings.Build(IdentityOf(settings), precision, optimum, place);

    /// <summary>The same where the model is that of a run that is gone on with.</summary>
    public TrainingConfig ConfigureOn(RunSettings settings, TrainingConfig start, Place place) =>
        Configure(settings with { Model = start.Model }, place, settings.Tuning is { } tuning ? ((TunedResult)ResultOf(tuning)).Optimum : null);

    public PlannedTraining Plan(string name, RunSettings settings, Place place) => Plan(name, Configure(settings, place), settings);

    public PlannedTraining Plan(string name, TrainingConfig config, RunSettings settings) => new(name, config, () => TrainingOf(config, DataOf(settings).Open(this).Folder));

    /// <summary>The finished run of a configuration, on disk or in the ledger, or null.</summary>
    public StudyRun? FindRun(string name, TrainingConfig config)
    {
        string folder = Runs.PathOf(config);
        StudyRun? found = null;
        if (Directory.Exists(folder) && RunFolder.FindResult(folder, config) is { } result)
            found = new StudyRun(name, config, result, folder);
        else if (Ledger.FindRun(config.Id) is { } listed)
            found = new StudyRun(name, config, listed.Result!, Folder: null);
        if (found is not null)
            known[config.Id] = found;
        return found;
    }

    /// <summary>Finished runs, trained where there is no result.</summary>
    /// <param name="step">That asks.</param>
    /// <param name="runs">In any order; the same run may be asked for by others at the same time.</param>
    /// <param name="withWeights">Whether a result without weights does not do: such a run is trained again.</param>
    /// <exception cref="OperationCanceledException">It was stopped before all were there.</exception>
    public IReadOnlyList<StudyRun> Train(StudyStep step, IReadOnlyList<PlannedTraining> runs, bool withWeights = false)
    {
        Task<StudyRun>[] all = [.. runs.Select(run => Begin(step, run, withWeights))];
        try
        {
            Task.WaitAll(all, CancellationToken.None);
        }
        catch (AggregateException)
        {
            // A failure says more than that another run was stopped.
            Task<StudyRun> first = all.FirstOrDefault(each => each.IsFaulted) ?? all.First(each => each.IsCanceled);
            first.GetAwaiter().GetResult();
        }

        return [.. all.Select((each, i) => each.Result with { Name = runs[i].Name })];
    }

    /// <summary>A run of another step, which may have to be trained again for its weights.</summary>
    public PlannedTraining PlanAgain(StudyRun run) => new(run.Name, run.Config, () => TrainingAgain(run.Config));

    /// <summary>Does something that computes on a device, in a slot.</summary>
    public T Compute<T>(StudyStep step, Func<Device, T> work) => scheduler!.Compute(work, PriorityOf(step), Cancellation).GetAwaiter().GetResult();

    /// <summary>Every slot that is free while a step samples, as for its runs by the step's place in the file.</summary>
    public SamplingDevices SamplingDevicesOf(StudyStep step) =>
        new(scheduler!.Slots, work => SharedWork.Run(scheduler, work, PriorityOf(step), Cancellation));

    /// <summary>Asks models once, however many steps want to know.</summary>
    public TaskAccuracy Once(string key, Func<TaskAccuracy> ask) => asked.GetOrAdd(key, _ => new Lazy<TaskAccuracy>(ask)).Value;

    public TokenDataset OpenDataset(string folder) => datasets.Get(folder);

    public TokenDataset OpenDataset(string folder, Func<TokenDataset> make) => datasets.Get(folder, make);

    /// <summary>Where the dataset of a configuration lies; it is built where only a ledger knew it.</summary>
    public string DatasetFolderOf(TrainingConfig config) => study.Datasets
        .Where(dataset => FindResult(dataset) is DatasetResult result && result.Identity.Hash == config.DatasetHash)
        .Select(dataset => dataset.Open(this).Folder)
        .FirstOrDefault() ?? throw new InputException($"The dataset {config.DatasetHash} is none of the study's.");

    /// <summary>How many of a step's runs are finished, in words.</summary>
    public string DescribeRuns(IReadOnlyList<TrainingConfig> configs)
    {
        int finished = configs.Count(config => FindRun("", config) is not null);
        RunSummary[] begun = [.. configs.Select(Runs.PathOf).Where(RunFolder.IsAt).Select(RunSummary.Read).Where(run => run.State != RunState.Finished)];
        string others = string.Join(", ", begun.Select(run => run.State == RunState.Damaged
            ? $"{run.Name} damaged"
            : FormattableString.Invariant($"{run.Name} {run.State switch { RunState.Running => "running, ", RunState.Diverged => "diverged ", _ => "" }}at step {run.Step} of {run.Config!.Steps}")));
        return FormattableString.Invariant($"{finished} of {configs.Count} runs finished{(others.Length == 0 ? "" : $"; {others}")}");
    }

    /// <summary>The training of a configuration on a dataset.</summary>
    public StudyTraining TrainingOf(TrainingConfig config, string datasetFolder) => new()
    {
        Config = config,
        Options = study.TrainingOptions,
        Folder = Runs.PathOf(config),
        DatasetFolder = datasetFolder,
    };

    public void Dispose() => datasets.Dispose();

    /// <summary>A run that is trained again, with everything that it read the first time.</summary>
    private StudyTraining TrainingAgain(TrainingConfig config)
    {
        if (config.Mixed is not null || config.Start is not null || config.SoftLabels is not null)
            throw new InputException($"The run {config.Id} learns from other runs and is known from the ledger only: its weights, which are asked for here, take a study whose ledger does not have it.");
        return TrainingOf(config, DatasetFolderOf(config));
    }


    private Task<StudyRun> Begin(StudyStep step, PlannedTraining run, bool withWeights)
    {
        if (FindRun(run.Name, run.Config) is { } found)
        {
            if (found.Folder is not null || !withWeights)
                return Task.FromResult(found);
            Progress.OnNotice($"{run.Name}: its result is in the ledger, its weights are not here: it is trained again.");
        }

        return trainings.GetOrAdd(run.Config.Id, _ => new Lazy<Task<StudyRun>>(() => TrainOne(step, run))).Value;
    }

    private async Task<StudyRun> TrainOne(StudyStep step, PlannedTraining run)
    {
        string folder = Runs.PathOf(run.Config);
        if (RunDivergence.Find(folder, run.Config) is { } divergence)
            throw new TrainingDivergedException(divergence.Message, divergence.Step);
        StudyTraining training = run.Prepare();
        ITrainingProgress? progress = Progress.TrainingOf(run.Name, run.Config.Steps);
        while (true)
        {
            try
            {
                TrainingOutcome outcome = await scheduler!.Train(training, PriorityOf(step), progress, Cancellation).ConfigureAwait(false);
                if (outcome.Result is not { } result)
                    throw new OperationCanceledException(Cancellation);
                Ledger.RequireAgreement(run.Config.Id, result, folder);
                return known[run.Config.Id] = new StudyRun(run.Name, run.Config, result, folder);
            }
            catch (RunBusyException)
            {
                // Another study trains it: its result will do.
                await Task.Delay(BusyPause, Cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Steps of the file's beginning first.</summary>
    private int PriorityOf(StudyStep step) => study.IndexOf(step);
}

using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>What the paths given to a report hold: runs, ensembles, tunings, continuations, distillations, studies and fits, each once.</summary>
internal sealed class ReportSources
{
    /// <summary>Folders of results that lie beside or in a store of runs.</summary>
    private static readonly string[] Stores = ["runs", "ensembles", "tunings", "studies", "continuations", "distillations"];

    private readonly HashSet<string> seen = [];

    public List<RunSummary> Runs { get; } = [];

    public List<EnsembleSource> Ensembles { get; } = [];

    public List<TuningResult> Tunings { get; } = [];

    public List<ContinuationSource> Continuations { get; } = [];

    public List<DistillationSource> Distillations { get; } = [];

    public List<SavedStudy> Studies { get; } = [];

    public List<(string Name, SavedFit Fit)> Fits { get; } = [];

    /// <param name="paths">One at least: a run's folder, an ensemble's, a tuning's, a continuation's, a distillation's, a study's, a folder of such, a fit's file.</param>
    /// <exception cref="InputException">A path is none of these, or what it holds cannot be read.</exception>
    public static ReportSources Read(IReadOnlyList<string> paths)
    {
        var sources = new ReportSources();
        foreach (string path in paths)
        {
            if (File.Exists(path))
                sources.AddFit(path);
            else if (!Directory.Exists(path))
                throw new InputException($"PATH was given '{path}', which is not there; it takes {Takes}.");
            else if (!sources.TryAdd(path) && !sources.AddStore(path))
                throw new InputException($"PATH was given '{path}', which holds no run, ensemble, tuning, distillation, continuation or study; it takes {Takes}.");
        }

        return sources;
    }

    private const string Takes = "the folder of a run, an ensemble, a tuning, a distillation, a continuation or a study, a folder of such, or a file with what 'pretrain fit --json' printed";

    private bool TryAdd(string folder)
    {
        if (RunFolder.IsAt(folder))
            AddRun(folder);
        else if (EnsembleFolder.IsAt(folder))
            AddEnsemble(folder);
        else if (TuningFolder.IsAt(folder))
            AddTuning(folder);
        else if (ContinuationEvaluator.IsAt(folder))
            AddContinuation(folder, null);
        else if (DistillationFolder.IsAt(folder))
            AddDistillation(folder, null);
        else if (SavedStudy.IsAt(folder))
            AddStudy(folder);
        else
            return false;
        return true;
    }

    private bool AddStore(string folder)
    {
        bool any = false;
        foreach (string each in FoldersIn(folder).Concat(Stores.Select(store => Path.Combine(folder, store)).SelectMany(store => FoldersIn(store).Concat(Stores.Select(inner => Path.Combine(store, inner)).SelectMany(FoldersIn)))))
            any |= TryAdd(each);
        return any;
    }

    private static IEnumerable<string> FoldersIn(string folder) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder).Order(StringComparer.Ordinal) : [];

    private void AddRun(string folder)
    {
        if (IsNew(folder))
            Runs.Add(RunSummary.Read(folder));
    }

    private void AddEnsemble(string folder)
    {
        if (!IsNew(folder))
            return;
        var ensemble = EnsembleSource.Read(folder);
        Ensembles.Add(ensemble);
        foreach (RunSummary member in ensemble.Members.Where(member => Directory.Exists(member.Folder)))
            AddRun(member.Folder);
    }

    private void AddTuning(string folder)
    {
        if (IsNew(folder))
            Tunings.Add(TuningFolder.Read(folder));
    }

    private void AddContinuation(string folder, string? name)
    {
        if (!IsNew(folder))
            return;
        var continuation = ContinuationSource.Read(folder, name);
        Continuations.Add(continuation);
        foreach (RunSummary run in continuation.After.Concat(continuation.Before).OfType<RunSummary>())
            AddRun(run.Folder);
    }

    private void AddDistillation(string folder, string? name)
    {
        if (!IsNew(folder))
            return;
        var distillation = DistillationSource.Read(folder, name);
        Distillations.Add(distillation);
        foreach (RunSummary run in distillation.Others.Prepend(distillation.Student).OfType<RunSummary>())
            AddRun(run.Folder);
    }

    /// <summary>The study itself, and what of its results is here.</summary>
    private void AddStudy(string folder)
    {
        if (!IsNew(folder))
            return;
        var study = SavedStudy.Read(folder);
        Studies.Add(study);
        string store = Path.Combine(folder, "..", "..");
        (string Folder, DistillationRecord Record)[] distillations = study.Steps.Any(IsTaught)
            ? [.. FoldersIn(Path.Combine(store, "distillations")).Where(DistillationFolder.IsAt).Select(each => (each, DistillationFolder.Read(each)))]
            : [];
        (string Folder, ContinuationRecord Record)[] continuations = study.Steps.Any(IsContinued)
            ? [.. FoldersIn(Path.Combine(store, "continuations")).Where(ContinuationEvaluator.IsAt).Select(each => (each, ContinuationEvaluator.ReadFolder(each)))]
            : [];
        foreach (SavedStep step in study.Steps)
        {
            if (step.Folder is { } result && TuningFolder.IsAt(Path.Combine(folder, result)))
                AddTuning(Path.GetFullPath(Path.Combine(folder, result)));
            string[] runs = [.. (step.Runs ?? []).Select(run => run.Id)];
            foreach ((string taught, _) in distillations.Where(each => IsTaught(step) && runs.Contains(each.Record.Student.RunId)))
                AddDistillation(taught, step.Name);
            foreach ((string continued, _) in continuations.Where(each => IsContinued(step) && each.Record.After.SequenceEqual(runs)))
                AddContinuation(continued, step.Name);
            foreach (string run in (step.Runs ?? []).Where(run => run.Folder is not null).Select(run => Path.GetFullPath(Path.Combine(folder, run.Folder!))).Where(RunFolder.IsAt))
                AddRun(run);
        }
    }

    private static bool IsTaught(SavedStep step) => step.TeacherLoss is not null;

    private static bool IsContinued(SavedStep step) => !IsTaught(step) && step.Kind == "continued";

    private bool IsNew(string folder) => seen.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private void AddFit(string path)
    {
        if (seen.Add(Path.GetFullPath(path)))
            Fits.Add((Path.GetFileNameWithoutExtension(path), SavedFit.Read(path)));
    }
}

using System.Text;
using System.Text.Json;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// Results of runs, ensembles, tunings and evaluations without their weights, a JSON object a line: what was computed elsewhere and need not be again.
/// </summary>
public sealed class StudyLedger
{
    /// <summary>On another kind of machine, where rounding differs, a run's loss may differ by this share: less than by another seed.</summary>
    private const double OtherMachine = .005;

    private readonly Dictionary<string, DatasetIdentity> datasets = [];
    private readonly Dictionary<string, LedgerLine> runs = [];
    private readonly Dictionary<string, EnsembleScores> ensembles = [];
    private readonly Dictionary<string, TuningResult> tunings = [];
    private readonly Dictionary<string, List<TaskAccuracy>> accuracies = [];
    private readonly string path;

    private StudyLedger(string path) => this.path = path;

    public static StudyLedger Empty { get; } = new("");

    /// <summary>Runs that it has.</summary>
    public int Count => runs.Count;

    /// <exception cref="InputException">The file cannot be read, or a line is not a ledger's: says which.</exception>
    public static StudyLedger Read(string path)
    {
        var ledger = new StudyLedger(path);
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The ledger '{path}' cannot be read: {e.Message}", e);
        }

        for (int i = 0; i < lines.Length; i++)
        {
            if (!string.IsNullOrWhiteSpace(lines[i]))
                ledger.Add(lines[i], i + 1);
        }

        return ledger;
    }

    /// <summary>Writes what a study has. The file is there as a whole or not at all.</summary>
    /// <param name="path">Of the file; its folder is made.</param>
    /// <param name="outcome">Of the study, be it unfinished.</param>
    /// <param name="options">That it was carried out with.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Export(string path, StudyOutcome outcome, StudyOptions options)
    {
        var text = new StringBuilder();
        var head = new LedgerLine { Kind = LedgerLine.HeadKind, Name = outcome.Study.Name, Format = LedgerLine.CurrentFormat };
        foreach (LedgerLine line in LedgerWriter.LinesOf(outcome, options).Prepend(head))
            text.Append(JsonSerializer.Serialize(line, RunJson.Compact)).Append('\n');
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                DurableFile.CreateFolder(folder);
            DurableFile.WriteAllText(path, text.ToString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The ledger '{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <exception cref="InputException">A run's result on disk is another than here: names the run and both losses.</exception>
    public void RequireAgreement(RunStore store)
    {
        foreach ((string id, LedgerLine line) in runs)
        {
            string folder = store.PathOf(line.Config!);
            if (Directory.Exists(folder) && RunFolder.FindResult(folder, line.Config!) is { } found)
                RequireAgreement(id, found, folder);
        }
    }

    /// <summary>The same for one run; a run that is not here agrees.</summary>
    internal void RequireAgreement(string id, RunResult found, string folder)
    {
        if (!runs.TryGetValue(id, out LedgerLine? line))
            return;
        double here = found.ValLoss, listed = line.Result!.ValLoss;
        double tolerance = line.Machine == MachineOf(folder) ? 0 : OtherMachine * Math.Abs(listed);
        if (!(Math.Abs(here - listed) <= tolerance))
        {
            throw new InputException(FormattableString.Invariant(
                $"The ledger '{path}' contradicts the run {id} ({line.Name}): its validation loss is {listed} there and {here} in '{folder}'. One of the two is not this run's: correct the ledger, or move the folder away."));
        }
    }

    internal DatasetIdentity? FindDataset(string key) => datasets.GetValueOrDefault(key);

    internal LedgerLine? FindRun(string id) => runs.GetValueOrDefault(id);

    internal EnsembleScores? FindEnsemble(IReadOnlyList<TrainingConfig> members, long? validationTokens) =>
        ensembles.GetValueOrDefault(EnsembleKey(members.Select(member => member.Id), validationTokens));

    internal IReadOnlyList<TaskAccuracy> FindAccuracies(string key) => accuracies.GetValueOrDefault(key) ?? [];

    internal TuningResult? FindTuning(TuningPlan plan) => tunings.GetValueOrDefault(plan.Id);

    /// <summary>What a run's last bits depend on beside its configuration, as its folder tells.</summary>
    internal static string? MachineOf(string folder) =>
        RunFolder.ReadEnvironment(folder).Sessions is [.., { } last] ? $"{last.Device.Split(':')[0]}, {(last.Device.StartsWith("cpu", StringComparison.Ordinal) ? last.VectorInstructions : last.DeviceName)}" : null;

    private static string EnsembleKey(IEnumerable<string> members, long? validationTokens) => FormattableString.Invariant($"{validationTokens}:") + string.Join(',', members);

    private void Add(string json, int number)
    {
        LedgerLine line;
        try
        {
            line = JsonSerializer.Deserialize<LedgerLine>(json, RunJson.Compact) ?? throw new JsonException("it is null");
            string? damage = Take(line);
            if (damage is not null)
                throw new JsonException(damage);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}, line {number} is not a ledger's: {RunJson.Describe(e)}", e);
        }
    }

    /// <returns>What is wrong with the line, or null.</returns>
    private string? Take(LedgerLine line)
    {
        switch (line)
        {
            case { Kind: LedgerLine.HeadKind }:
                return line.Format == LedgerLine.CurrentFormat ? null : $"its format is {line.Format}, and this version reads {LedgerLine.CurrentFormat}";
            case { Kind: LedgerLine.DatasetKind, Key: { } key, Dataset: { } dataset }:
                return datasets.TryAdd(key, dataset) || datasets[key] == dataset ? null : $"the dataset {line.Name} is there twice with different hashes";
            case { Kind: LedgerLine.RunKind, Config: { } config, Result: { } result }:
                if (result.RunId != config.Id)
                    return $"its result is of run {result.RunId}, its configuration that of {config.Id}";
                if (runs.TryGetValue(config.Id, out LedgerLine? other) && other.Result != result)
                    return FormattableString.Invariant($"the run {config.Id} is there twice, with the losses {other.Result!.ValLoss} and {result.ValLoss}");
                runs[config.Id] = line;
                return null;
            case { Kind: LedgerLine.EnsembleKind, Members: { Count: > 0 } members, Scores: { } scores }:
                if (!scores.IsWhole || scores.Members.Count != members.Count)
                    return $"it has {members.Count} members and other numbers of losses";
                ensembles[EnsembleKey(members, line.ValidationTokens)] = scores;
                return null;
            case { Kind: LedgerLine.TuningKind, Tuning: { } tuning }:
                tunings[tuning.Plan.Id] = tuning;
                return tuning.Id == tuning.Plan.Id ? null : $"its id {tuning.Id} is not that of its plan, {tuning.Plan.Id}";
            case { Kind: LedgerLine.EvaluationKind, Accuracy: { } accuracy }:
                List<TaskAccuracy> alike = accuracies.TryGetValue(accuracy.Key, out List<TaskAccuracy>? there) ? there : accuracies[accuracy.Key] = [];
                if (alike.Find(each => each.Data == accuracy.Data) is { } earlier && earlier.Accuracy != accuracy.Accuracy)
                    return FormattableString.Invariant($"the evaluation {accuracy.Key} of {accuracy.Of} is there twice, with the accuracies {earlier.Accuracy} and {accuracy.Accuracy}");
                alike.Add(accuracy);
                return null;
            case { Kind: LedgerLine.FitKind }:
                return null;
            default:
                return $"a line of kind '{line.Kind}' has other fields";
        }
    }
}

using System.Text.Json;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// The folder of one run: config.json, environment.json, the tokenizer's file, metrics.jsonl, checkpoints/, snapshots/
/// where its learning rate is cyclic and, once it is finished, result.json. Whoever holds an object of this class is the run's one writer.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string ConfigFileName = "config.json";
    private const string EnvironmentFileName = "environment.json";
    private const string MetricsFileName = "metrics.jsonl";
    private const string ResultFileName = "result.json";
    private const string CheckpointsFolderName = "checkpoints";
    private const string SnapshotsFolderName = "snapshots";

    private readonly RunLock runLock;

    private RunFolder(string path, TrainingConfig config, RunLock runLock)
    {
        Location = path;
        Config = config;
        this.runLock = runLock;
        Checkpoints = CheckpointsOf(path, config);
        Snapshots = SnapshotsOf(path, config);
    }

    public string Location { get; }

    public TrainingConfig Config { get; }

    public CheckpointStore Checkpoints { get; }

    public SnapshotStore Snapshots { get; }

    public string MetricsPath => MetricsPathOf(Location);

    /// <summary>Opens a run to work on it; the folder is made where there is none.</summary>
    /// <exception cref="InputException">The folder holds something else or a run of another configuration, or cannot be written.</exception>
    /// <exception cref="RunBusyException">Another process works on it.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static RunFolder Open(string path, TrainingConfig config)
    {
        RequireSameRun(path, config);
        try
        {
            DurableFile.CreateFolder(path);
            var runLock = RunLock.Acquire(path);
            try
            {
                RequireSameRun(path, config);
                string configPath = Path.Combine(path, ConfigFileName);
                if (!File.Exists(configPath))
                    DurableFile.WriteAllText(configPath, config.ToJson());
                var folder = new RunFolder(path, config, runLock);
                folder.Checkpoints.DeleteUnfinished();
                folder.Snapshots.DeleteUnfinished();
                return folder;
            }
            catch
            {
                runLock.Dispose();
                throw;
            }
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw new IOException($"The run folder '{path}' cannot be written: {e.Message}", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not RunBusyException))
        {
            throw new InputException($"The run folder '{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Whether a folder is a run's, be it a damaged one's; that of an imported model has a config.json, too.</summary>
    public static bool IsAt(string path) =>
        (File.Exists(Path.Combine(path, ConfigFileName)) && !ModelFolder.IsAt(path))
        || File.Exists(Path.Combine(path, ResultFileName))
        || Directory.Exists(Path.Combine(path, CheckpointsFolderName));

    /// <summary>The configuration of a run.</summary>
    /// <exception cref="InputException">The folder is not a run's, or its config.json is damaged.</exception>
    public static TrainingConfig ReadConfig(string path)
    {
        string configPath = Path.Combine(path, ConfigFileName);
        if (!File.Exists(configPath))
            throw new InputException($"'{path}' is not a run folder: it has no {ConfigFileName}.");
        if (ModelFolder.IsAt(path))
            throw new InputException($"'{path}' is a model in Hugging Face's layout, not a run.");
        try
        {
            return TrainingConfig.FromJson(File.ReadAllText(configPath));
        }
        catch (JsonException e)
        {
            throw new InputException($"'{configPath}' is damaged: {RunJson.Describe(e)}", e);
        }
    }

    /// <summary>What came out of a run, or null while it is not finished.</summary>
    /// <exception cref="InputException">result.json is not what was written.</exception>
    public static RunResult? ReadResult(string path)
    {
        string resultPath = Path.Combine(path, ResultFileName);
        if (!File.Exists(resultPath))
            return null;
        return ChecksummedJson.ReadFile<RunResult>(resultPath, "delete it, and the run works it out again");
    }

    /// <summary>What came out of the run of a configuration; null where the folder does not exist or the run is not finished.</summary>
    /// <exception cref="InputException">The folder holds something else, or a result that is damaged or of another run.</exception>
    public static RunResult? FindResult(string path, TrainingConfig config)
    {
        RequireSameRun(path, config);
        RunResult? result = ReadResult(path);
        if (result is not null && result.RunId != config.Id)
        {
            throw new InputException(
                $"'{path}' holds the result of run {result.RunId}, not that of {config.Id}: its {ConfigFileName} or {ResultFileName} was changed. Put back what it was, or give another folder.");
        }

        return result;
    }

    /// <summary>The newest intact checkpoint of a run, or null.</summary>
    public static Checkpoint? FindCheckpoint(string path, TrainingConfig config, Action<string>? warn = null) =>
        CheckpointsOf(path, config).FindNewest(warn);

    /// <summary>The newest intact checkpoint of a run.</summary>
    /// <exception cref="InputException">It has none.</exception>
    internal static Checkpoint RequireCheckpoint(string path, TrainingConfig config, Action<string>? warn) =>
        FindCheckpoint(path, config, warn) ?? throw new InputException($"The run in '{path}' has no intact checkpoint.");

    /// <summary>The snapshot of a cycle of a run's learning rate.</summary>
    /// <exception cref="InputException">The run has no such cycle, or has lost its snapshot.</exception>
    internal static Snapshot RequireSnapshot(string path, TrainingConfig config, int cycle)
    {
        int cycles = config.Cycles ?? throw new InputException($"The run in '{path}' keeps no snapshots: its --schedule is {config.Schedule.ToString().ToLowerInvariant()}, and cyclic does.");
        if (cycle < 1 || cycle > cycles)
            throw new InputException($"The run in '{path}' has the cycles 1 to {cycles}; there is no {cycle}.");
        string why = "";
        return SnapshotsOf(path, config).Find(cycle, line => why = line)
            ?? throw new InputException($"The run in '{path}' has lost the snapshot of cycle {cycle}: {why}");
    }

    /// <summary>A run's snapshots as they are kept, be they damaged or not.</summary>
    internal static SnapshotStore SnapshotsOf(string path, TrainingConfig config) =>
        new(Path.Combine(path, SnapshotsFolderName), config.Id);

    /// <summary>The checkpoint that a finished run ended with.</summary>
    /// <exception cref="InputException">It is lost or damaged.</exception>
    internal static Checkpoint RequireLastCheckpoint(string path, TrainingConfig config, RunResult result, Action<string>? warn)
    {
        Checkpoint checkpoint = RequireCheckpoint(path, config, warn);
        return checkpoint.State.Step == result.Steps
            ? checkpoint
            : throw new InputException(FormattableString.Invariant($"The last checkpoint of the run in '{path}' is lost or damaged: what is left is of step {checkpoint.State.Step} of {result.Steps}."));
    }

    /// <summary>Whether the checkpoint that a finished run ended with is there, by a look that does not read it in full.</summary>
    internal static bool HasLastCheckpoint(string path, TrainingConfig config, RunResult result) => CheckpointsOf(path, config).PeekStep() == result.Steps;

    /// <summary>Where a run stands by its checkpoints, without reading them in full; null where it has none.</summary>
    /// <exception cref="InputException">Not one of them is intact, or they are another run's.</exception>
    internal static long? PeekStep(string path, TrainingConfig config)
    {
        CheckpointStore checkpoints = CheckpointsOf(path, config);
        return checkpoints.PeekStep()
            ?? (checkpoints.HasAny ? throw new InputException($"No checkpoint in '{path}' is intact: the run starts from its beginning.") : null);
    }

    internal static IReadOnlyList<string> AllCheckpoints(string path, TrainingConfig config) => CheckpointsOf(path, config).AllFolders();

    public static IEnumerable<MetricsLine> ReadMetrics(string path) => MetricsLog.Read(MetricsPathOf(path));

    /// <summary>The processes that worked on a run; empty where none is recorded.</summary>
    public static RunEnvironment ReadEnvironment(string path)
    {
        string environmentPath = Path.Combine(path, EnvironmentFileName);
        try
        {
            return File.Exists(environmentPath)
                ? JsonSerializer.Deserialize<RunEnvironment>(File.ReadAllText(environmentPath), RunJson.Compact) ?? new RunEnvironment([])
                : new RunEnvironment([]);
        }
        catch (JsonException)
        {
            // It decides nothing: what cannot be read is begun anew.
            return new RunEnvironment([]);
        }
    }

    /// <summary>Where a run's dataset lies.</summary>
    /// <exception cref="InputException">The run does not say, or the dataset is gone.</exception>
    public static string DatasetOf(string path)
    {
        if (ReadEnvironment(path).Sessions is not [.., { } last])
            throw new InputException($"The run in '{path}' does not say where its dataset lies; give it with --data.");
        return TokenDataset.IsAt(last.DatasetFolder)
            ? last.DatasetFolder
            : throw new InputException($"The dataset of the run in '{path}' is no longer at '{last.DatasetFolder}'; give it with --data.");
    }

    /// <summary>The tokenizer of a run's text, and the id that stood behind each document, or null.</summary>
    /// <exception cref="InputException">The run has none.</exception>
    public static (Tokenizer Tokenizer, int? Separator) ReadTokenizer(string path) =>
        ReadEnvironment(path).Sessions is [.., { } last]
            ? (TokenizerFolder.Load(path, last.Tokenizer), last.Separator)
            : throw new InputException($"The run in '{path}' does not say its tokenizer: its environment.json is missing.");

    /// <summary>Keeps the tokenizer with the run: the dataset may be gone when text is generated.</summary>
    internal void SaveTokenizer(Tokenizer tokenizer) => TokenizerFolder.Save(tokenizer, Location);

    /// <summary>Records the process that goes to work.</summary>
    /// <returns>How it differs from the one before it, or null.</returns>
    internal string? RecordSession(RunSession session)
    {
        RunEnvironment environment = ReadEnvironment(Location);
        DurableFile.WriteAllText(
            Path.Combine(Location, EnvironmentFileName),
            JsonSerializer.Serialize(new RunEnvironment([.. environment.Sessions, session]), RunJson.Indented) + "\n");
        return environment.Sessions.Count == 0 ? null : environment.Sessions[^1].DifferenceTo(session);
    }

    internal void WriteResult(RunResult result) =>
        DurableFile.WriteAllText(Path.Combine(Location, ResultFileName), ChecksummedJson.Serialize(result));

    public void Dispose() => runLock.Dispose();

    private static CheckpointStore CheckpointsOf(string path, TrainingConfig config) =>
        new(Path.Combine(path, CheckpointsFolderName), config.Id);

    private static string MetricsPathOf(string path) => Path.Combine(path, MetricsFileName);

    private static void RequireSameRun(string path, TrainingConfig config)
    {
        if (File.Exists(path))
            throw new InputException($"'{path}' is a file; a run takes a folder.");
        if (!Directory.Exists(path))
        {
            RequireOwnName(path, config);
            return;
        }

        string configPath = Path.Combine(path, ConfigFileName);
        if (!File.Exists(configPath))
        {
            // Looked at once more: a process that starts the run may have just written it.
            if (Directory.EnumerateFileSystemEntries(path).All(IsOfAStart) || File.Exists(configPath))
                return;
            throw new InputException($"'{path}' holds other things and no {ConfigFileName}: give a new or empty folder, or a run's.");
        }

        string differences = ConfigDifference.Describe(ReadConfig(path), config);
        if (differences.Length > 0)
            throw new InputException($"'{path}' holds a run of another configuration: {differences}. Give its values, or another folder.");
        RequireOwnName(path, config);
    }

    private static void RequireOwnName(string path, TrainingConfig config)
    {
        string name = FolderName.Of(path);
        if (!ContentDigest.IsId(name) || name == config.Id)
            return;
        throw new InputException(File.Exists(Path.Combine(path, ConfigFileName))
            ? $"'{path}' is named as run {name}, and its {ConfigFileName} is that of run {config.Id}: it was changed. Put back what it was, or give another folder."
            : $"'{path}' is named as run {name}, and what is asked for is run {config.Id}: give another folder.");
    }

    private static bool IsDiskFull(IOException e)
    {
        const int NoSpaceLeft = 28;
        const int WindowsDiskFull = unchecked((int)0x80070070);
        return e.HResult is NoSpaceLeft or WindowsDiskFull;
    }

    /// <summary>Whether a process that was stopped before it wrote config.json can have left this.</summary>
    private static bool IsOfAStart(string entry) =>
        Path.GetFileName(entry) is RunLock.FileName or RunLock.HolderFileName or ConfigFileName + DurableFile.TemporarySuffix;
}

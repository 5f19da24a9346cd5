using System.Globalization;
using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// The checkpoints of a run: folders by step. One is written under a temporary name, brought to the disk and renamed, and
/// only then are those before its predecessor deleted: at any moment there is one that is complete.
/// </summary>
public sealed class CheckpointStore
{
    private const string Prefix = "step-";
    private const string TemporaryPrefix = "writing-";

    private readonly string folder;
    private readonly string runId;
    private readonly TensorFile tensorFile = new();
    private string? newest;

    /// <param name="folder">Need not exist yet.</param>
    /// <param name="runId">Whose checkpoints they are.</param>
    public CheckpointStore(string folder, string runId)
    {
        this.folder = folder;
        this.runId = runId;
    }

    /// <summary>The newest checkpoint whose files are what was written, or null.</summary>
    /// <param name="warn">Told in one line of each damaged one that was passed over.</param>
    /// <exception cref="InputException">It is another run's.</exception>
    public Checkpoint? FindNewest(Action<string>? warn = null)
    {
        newest = null;
        foreach (string candidate in NewestFirst())
        {
            try
            {
                TrainingState state = Verify(candidate, (file, path) => file.RequireContent(path));
                newest = candidate;
                return new Checkpoint(candidate, state);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                warn?.Invoke($"Checkpoint '{candidate}' is damaged ({e.Message}) and passed over.");
            }
        }

        return null;
    }

    internal bool HasAny => StepFolders().Length > 0;

    /// <summary>
    /// The step of the newest checkpoint whose state and lengths of files are what was written, or null: without reading
    /// gigabytes, good enough to say where a run stands.
    /// </summary>
    /// <exception cref="InputException">It is another run's.</exception>
    internal long? PeekStep()
    {
        foreach (string candidate in NewestFirst())
        {
            try
            {
                return Verify(candidate, (file, path) => file.RequireLength(path)).Step;
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                // The one before it is asked.
            }
        }

        return null;
    }

    /// <summary>The folders of all checkpoints, damaged ones too, and of those that a process left that was stopped while writing.</summary>
    internal IReadOnlyList<string> AllFolders() =>
        [.. StepFolders().Concat(UnfinishedFolders()).Order(StringComparer.Ordinal)];

    /// <summary>Fills tensors from a checkpoint.</summary>
    public void Load(Checkpoint checkpoint, IReadOnlyList<NamedTensor> model, IReadOnlyList<NamedTensor> optimizer)
    {
        tensorFile.Load(checkpoint.ModelPath, model);
        tensorFile.Load(checkpoint.OptimizerPath, optimizer);
    }

    /// <summary>Writes a checkpoint; it and the one before are kept.</summary>
    /// <exception cref="IOException">It could not be written, for example because the disk is full; those before it are as they were.</exception>
    /// <exception cref="NotFiniteNumberException">A tensor has an element that is not finite; nothing was written.</exception>
    public Checkpoint Save(TrainingState state, IReadOnlyList<NamedTensor> model, IReadOnlyList<NamedTensor> optimizer)
    {
        string name = Prefix + state.Step.ToString("D10", CultureInfo.InvariantCulture);
        string temporary = Path.Combine(folder, TemporaryPrefix + name);
        string target = Path.Combine(folder, name);
        if (target == newest)
            return new Checkpoint(target, state);
        try
        {
            DeleteFolder(temporary);
            DurableFile.CreateFolder(temporary);
            var manifest = new CheckpointManifest(
                state,
                CheckpointFile.Write(tensorFile, Path.Combine(temporary, Checkpoint.ModelFileName), model),
                CheckpointFile.Write(tensorFile, Path.Combine(temporary, Checkpoint.OptimizerFileName), optimizer));
            DurableFile.WriteNew(Path.Combine(temporary, Checkpoint.StateFileName), ChecksummedJson.Serialize(manifest));
            DeleteFolder(target);
            DurableFile.RenameFolder(temporary, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDeleteFolder(temporary);
            string intact = newest is null ? "there is no earlier one" : $"'{newest}' is intact";
            throw new IOException($"The checkpoint of step {state.Step} could not be written ({e.Message}); {intact}.", e);
        }
        catch (NotFiniteNumberException)
        {
            TryDeleteFolder(temporary);
            throw;
        }

        DeleteAllBut(target, newest);
        newest = target;
        return new Checkpoint(target, state);
    }

    /// <summary>Deletes what a process left that was stopped while writing.</summary>
    public void DeleteUnfinished()
    {
        foreach (string unfinished in UnfinishedFolders())
            DeleteFolder(unfinished);
    }

    private IEnumerable<string> NewestFirst() => StepFolders().OrderDescending(StringComparer.Ordinal);

    private TrainingState Verify(string candidate, Action<CheckpointFile, string> verifyFile)
    {
        string statePath = Path.Combine(candidate, Checkpoint.StateFileName);
        CheckpointManifest manifest;
        try
        {
            manifest = ChecksummedJson.Deserialize<CheckpointManifest>(File.ReadAllText(statePath));
        }
        catch (FileNotFoundException e)
        {
            throw new InvalidDataException($"{Checkpoint.StateFileName} is missing", e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{Checkpoint.StateFileName}: {e.Message}", e);
        }

        if (manifest.State.RunId != runId)
        {
            throw new InputException(
                $"Checkpoint '{candidate}' belongs to run {manifest.State.RunId}, not to {runId}: its run's config.json was changed. Put back what it was, or give another folder.");
        }

        verifyFile(manifest.Model, Path.Combine(candidate, Checkpoint.ModelFileName));
        verifyFile(manifest.Optimizer, Path.Combine(candidate, Checkpoint.OptimizerFileName));
        return manifest.State;
    }

    private string[] StepFolders() => FoldersNamed(Prefix);

    private string[] UnfinishedFolders() => FoldersNamed(TemporaryPrefix);

    private string[] FoldersNamed(string prefix) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, prefix + "*") : [];

    private void DeleteAllBut(string kept, string? alsoKept)
    {
        foreach (string other in StepFolders())
        {
            if (other != kept && other != alsoKept)
                TryDeleteFolder(other);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    private static void TryDeleteFolder(string path)
    {
        try
        {
            DeleteFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What led here is more than a folder too many; the next start or save deletes it.
        }
    }
}

using System.Globalization;
using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// The snapshots of a run: a folder for each cycle of its learning rate, with the weights alone, since nothing goes on from
/// them. One is written under a temporary name, brought to the disk and renamed; none is ever deleted to make room.
/// </summary>
public sealed class SnapshotStore
{
    private const string Prefix = "cycle-";
    private const string TemporaryPrefix = "writing-";

    private readonly string folder;
    private readonly string runId;
    private readonly TensorFile tensorFile = new();

    /// <param name="folder">Need not exist yet.</param>
    /// <param name="runId">Whose snapshots they are.</param>
    public SnapshotStore(string folder, string runId)
    {
        this.folder = folder;
        this.runId = runId;
    }

    /// <summary>The snapshot of a cycle; null where it is missing or not what was written.</summary>
    /// <param name="cycle">From 1.</param>
    /// <param name="warn">Told in one line of what is wrong with it, or null.</param>
    /// <exception cref="InputException">It is another run's.</exception>
    public Snapshot? Find(int cycle, Action<string>? warn = null)
    {
        string path = PathOf(cycle);
        SnapshotManifest manifest;
        try
        {
            manifest = ChecksummedJson.Deserialize<SnapshotManifest>(File.ReadAllText(Path.Combine(path, Checkpoint.StateFileName)));
            manifest.Model.RequireContent(Path.Combine(path, Checkpoint.ModelFileName));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            warn?.Invoke($"Snapshot '{path}' is not there.");
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"Snapshot '{path}' is damaged ({e.Message}).");
            return null;
        }

        if (manifest.RunId != runId || manifest.Cycle != cycle)
            throw new InputException($"Snapshot '{path}' is of cycle {manifest.Cycle} of run {manifest.RunId}, not of cycle {cycle} of {runId}: files were moved. Put back what was there.");
        return new Snapshot(path, cycle, manifest.Step);
    }

    /// <summary>Writes the snapshot of a cycle, in place of one that a process left that was stopped behind it.</summary>
    /// <exception cref="IOException">It could not be written, for example because the disk is full.</exception>
    /// <exception cref="NotFiniteNumberException">A tensor has an element that is not finite; nothing was written.</exception>
    public Snapshot Save(int cycle, long step, IReadOnlyList<NamedTensor> model)
    {
        string target = PathOf(cycle);
        string temporary = Path.Combine(folder, TemporaryPrefix + Path.GetFileName(target));
        try
        {
            DeleteFolder(temporary);
            DurableFile.CreateFolder(temporary);
            var manifest = new SnapshotManifest(runId, cycle, step, CheckpointFile.Write(tensorFile, Path.Combine(temporary, Checkpoint.ModelFileName), model));
            DurableFile.WriteNew(Path.Combine(temporary, Checkpoint.StateFileName), ChecksummedJson.Serialize(manifest));
            DeleteFolder(target);
            DurableFile.RenameFolder(temporary, target);
            return new Snapshot(target, cycle, step);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The snapshot of cycle {cycle} could not be written ({e.Message}); the last checkpoint is intact.", e);
        }
    }

    /// <summary>The folders of all snapshots, damaged ones too.</summary>
    internal IReadOnlyList<string> AllFolders() => FoldersNamed(Prefix);

    /// <summary>Those that a process left that was stopped while writing.</summary>
    internal IReadOnlyList<string> UnfinishedFolders() => FoldersNamed(TemporaryPrefix);

    internal void DeleteUnfinished()
    {
        foreach (string unfinished in UnfinishedFolders())
            DeleteFolder(unfinished);
    }

    private string PathOf(int cycle) => Path.Combine(folder, Prefix + cycle.ToString("D4", CultureInfo.InvariantCulture));

    private string[] FoldersNamed(string prefix) =>
        Directory.Exists(folder) ? [.. Directory.GetDirectories(folder, prefix + "*").Order(StringComparer.Ordinal)] : [];

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}

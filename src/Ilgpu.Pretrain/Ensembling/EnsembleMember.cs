using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>A run whose newest checkpoint, or one of whose snapshots, is a member of an ensemble.</summary>
/// <param name="Folder">The run's.</param>
/// <param name="Config">What was trained.</param>
/// <param name="ModelPath">The checkpoint's weights, or the index of several files.</param>
public sealed record EnsembleMember(string Folder, TrainingConfig Config, string ModelPath)
{
    /// <summary>Between a run's folder and the cycle of a snapshot.</summary>
    private const char CycleMark = '#';

    /// <summary>The cycle of the run's learning rate that it is the snapshot of, from 1; null for the newest checkpoint.</summary>
    public int? Cycle { get; init; }

    /// <summary>The <see cref="Interchange.ModelFolder.Id"/> of an imported model, which no run of this program gave; else null.</summary>
    public string? ImportedId { get; init; }

    /// <summary>The run's id, with the cycle of a snapshot; an imported model's own.</summary>
    public string Id => NameOf(ImportedId ?? Config.Id, Cycle);

    /// <summary>The run's folder, with the cycle of a snapshot: what <see cref="Open(IReadOnlyList{string}, Action{string}?)"/> takes.</summary>
    public static string NameOf(string folder, int? cycle) => cycle is null ? folder : FormattableString.Invariant($"{folder}{CycleMark}{cycle}");

    /// <summary>Whether a name is that of a snapshot.</summary>
    public static bool IsSnapshot(string name) => Parse(name).Cycle is not null;

    /// <summary>The names of all snapshots of a run, in the order of their cycles.</summary>
    /// <exception cref="InputException">It is not a run that keeps snapshots.</exception>
    public static IReadOnlyList<string> SnapshotsOf(string folder)
    {
        TrainingConfig config = RunFolder.ReadConfig(folder);
        RunFolder.RequireSnapshot(folder, config, 1);
        return [.. Enumerable.Range(1, config.Cycles!.Value).Select(cycle => NameOf(folder, cycle))];
    }

    /// <summary>The runs in these folders, in their order.</summary>
    /// <param name="folders">One at least; FOLDER#CYCLE is a snapshot of the run, FOLDER its newest checkpoint.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">One is not a run, is not finished, has no such snapshot, or does not go with the first.</exception>
    public static IReadOnlyList<EnsembleMember> Open(IReadOnlyList<string> folders, Action<string>? warn = null)
    {
        if (folders.Count == 0)
            throw new InputException("An ensemble has one member at least; none was given.");
        EnsembleMember[] members = [.. folders.Select(folder => Open(folder, warn))];
        for (int i = 1; i < members.Length; i++)
            RequireAlike(members[0], members[i], i + 1);
        return members;
    }

    /// <summary>The member's model, for inference.</summary>
    /// <param name="device">Where it goes.</param>
    /// <param name="batch">Windows a call takes at most.</param>
    /// <param name="rung">Of every op, for tests; null for the best.</param>
    internal LlamaModel Load(Device device, int batch, Rung? rung = null) =>
        Load(device, new LlamaModelOptions(batch, Config.Length) { Rung = rung });

    /// <summary>The member's model for other batches or in another precision than it was trained in.</summary>
    internal LlamaModel Load(Device device, LlamaModelOptions options)
    {
        var model = new LlamaModel(device, Config.Model, options);
        try
        {
            CheckpointTensors.LoadInto(model, ModelPath);
            model.RoundParameters();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A finished run by its last checkpoint: what its id alone says.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">It is not a run, is not finished, or lost its last checkpoint.</exception>
    internal static EnsembleMember OpenLast(string folder, Action<string>? warn)
    {
        TrainingConfig config = RunFolder.ReadConfig(folder);
        if (RunFolder.FindResult(folder, config) is not { } result)
            throw new InputException($"The run in '{folder}' is not finished; a teacher is.");
        return new EnsembleMember(folder, config, RunFolder.RequireLastCheckpoint(folder, config, result, warn).ModelPath);
    }

    private static EnsembleMember Open(string name, Action<string>? warn)
    {
        (string folder, int? cycle) = Parse(name);
        TrainingConfig config = RunFolder.ReadConfig(folder);
        if (RunFolder.FindResult(folder, config) is null)
            throw new InputException($"The run in '{folder}' is not finished; an ensemble's members are.");
        return cycle is { } number
            ? new EnsembleMember(folder, config, RunFolder.RequireSnapshot(folder, config, number).ModelPath) { Cycle = number }
            : new EnsembleMember(folder, config, RunFolder.RequireCheckpoint(folder, config, warn).ModelPath);
    }

    /// <summary>A folder that has the mark in its own name is a folder.</summary>
    private static (string Folder, int? Cycle) Parse(string name)
    {
        int mark = name.LastIndexOf(CycleMark);
        return mark > 0 && !Directory.Exists(name) && int.TryParse(name.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int cycle)
            ? (name[..mark], cycle)
            : (name, null);
    }

    /// <summary>Members see the same text through the same windows: they may differ in shape, recipe and seeds.</summary>
    private static void RequireAlike(EnsembleMember first, EnsembleMember other, int number)
    {
        Require("the dataset (and its tokenizer)", first.Config.DatasetHash, other.Config.DatasetHash);
        Require("the vocabulary", first.Config.Model.Vocabulary, other.Config.Model.Vocabulary);
        Require("the training tokens", first.Config.Tokens, other.Config.Tokens);
        Require("the length of a window", first.Config.Length, other.Config.Length);

        void Require<T>(string what, T expected, T found)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, found))
                throw new InputException($"Members of an ensemble share {what}: it is {expected} in '{first.Folder}' and {found} in '{other.Folder}', member {number}.");
        }
    }
}

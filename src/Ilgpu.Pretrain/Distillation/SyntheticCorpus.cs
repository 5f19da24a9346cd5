using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>
/// Corpora that teachers write, each a dataset folder in a store, named by its recipe's id. The training part is synthetic;
/// what is held out is the validation part of the teachers' own dataset, so that a run on it alone is measured on real text.
/// </summary>
public static class SyntheticCorpus
{
    /// <summary>Sequences at once unless another number is asked for: products of so many rows are near the processor's peak.</summary>
    public const int DefaultBatch = 64;

    private const string SourceFileName = "synthetic.json";

    /// <summary>
    /// Opens the corpus of a recipe, or samples it. Sampling that is cancelled or killed is gone on with by the next call, to
    /// the same bits.
    /// </summary>
    /// <param name="store">The folder of corpora; need not exist.</param>
    /// <param name="recipe">From <see cref="SyntheticRecipe.Of"/> the same teachers.</param>
    /// <param name="teachers">In the recipe's order.</param>
    /// <param name="dataset">That they were trained on.</param>
    /// <param name="devices">Where to sample. The corpus does not depend on how many they are.</param>
    /// <param name="batch">Sequences at once on a device; null for <see cref="DefaultBatch"/> or as many as the memory has room for. The corpus does not depend on it.</param>
    /// <param name="progress">Told after every token of a batch, or null.</param>
    /// <param name="cancellation">Stops it; what was sampled in whole batches is kept.</param>
    /// <exception cref="InputException">The recipe, the teachers or the folder cannot be used.</exception>
    public static TokenDataset FindOrSample(
        string store,
        SyntheticRecipe recipe,
        IReadOnlyList<EnsembleMember> teachers,
        TokenDataset dataset,
        SamplingDevices devices,
        int? batch = null,
        IProgress<SamplingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        recipe.Validate(teachers, dataset);
        InputException.ThrowUnless(batch is null or >= 1, "--sample-batch", batch, "a whole number from 1");
        string folder = PathOf(store, recipe);
        if (Find(folder, recipe) is { } found)
            return found;
        string beside = BesideOf(store, recipe);
        using IDisposable held = Lock(beside, cancellation);
        if (Find(folder, recipe) is { } meanwhile)
            return meanwhile;
        string sampling = SamplingFolderOf(store, recipe);
        string building = beside + ".building";
        using (var file = SequenceFile.Open(sampling, recipe, TeacherSampling.Writers(recipe), MappedTokens.BytesPerId(dataset.Tokenizer.VocabularySize)))
        {
            var work = new TeacherSampling(recipe, teachers, dataset, devices, batch ?? DefaultBatch, file, progress);
            work.Run(cancellation);
            Remove(building);
            Directory.CreateDirectory(building);
            SyntheticDataset.Write(building, recipe, dataset, file, cancellation);
            DurableFile.WriteAllText(Path.Combine(building, SourceFileName), ChecksummedJson.Serialize(new SyntheticSource(recipe.Id, recipe, work.Seconds)));
            DurableFile.RenameFolder(building, folder);
        }

        Remove(sampling);
        return TokenDataset.Open(folder);
    }

    /// <summary>How many CPU devices can sample the corpus side by side, at most as many as the processor has threads and the corpus sequences; 1 on a GPU.</summary>
    /// <param name="recipe">Of the corpus.</param>
    /// <param name="teachers">In the recipe's order.</param>
    /// <param name="batch">As for <see cref="FindOrSample"/>.</param>
    /// <param name="device">Whose threads and memory are shared.</param>
    public static int FittingAtATime(SyntheticRecipe recipe, IReadOnlyList<EnsembleMember> teachers, int? batch, DeviceDescription device) =>
        (int)Math.Min(Math.Min(device.Threads, recipe.Sequences), TeacherSampling.FittingAtATime(recipe, teachers, batch ?? DefaultBatch, device));

    /// <summary>Where the corpus of a recipe lies, or will, in a store.</summary>
    public static string PathOf(string store, SyntheticRecipe recipe) => Path.Combine(store, recipe.Id);

    /// <summary>How far the sampling of a corpus is, by what lies on the disk: whole batches, of this process or another. Nothing is written.</summary>
    public static SamplingProgress Sampled(string store, SyntheticRecipe recipe) => new(
        SequenceFile.Peek(SamplingFolderOf(store, recipe), recipe, TeacherSampling.Writers(recipe)) * recipe.Length,
        recipe.Sequences * recipe.Length,
        TokensPerSecond: 0);

    /// <summary>What a corpus was made of; null where a dataset's folder is none.</summary>
    /// <exception cref="InputException">synthetic.json is not what was written.</exception>
    public static SyntheticSource? ReadSource(string folder)
    {
        string path = Path.Combine(folder, SourceFileName);
        if (!File.Exists(path))
            return null;
        const string Remedy = "delete its folder, and it is sampled again";
        SyntheticSource source = ChecksummedJson.ReadFile<SyntheticSource>(path, Remedy);
        return source.Recipe is { Length: > 0, Tokens: > 0 }
            ? source
            : throw new InputException($"'{path}' was edited or is damaged ({source.Recipe.Tokens} tokens in sequences of {source.Recipe.Length} are no corpus): {Remedy}.");
    }

    private static string BesideOf(string store, SyntheticRecipe recipe) => Path.Combine(Path.GetFullPath(store), $".{recipe.Id}");

    private static string SamplingFolderOf(string store, SyntheticRecipe recipe) => BesideOf(store, recipe) + ".sampling";

    private static TokenDataset? Find(string folder, SyntheticRecipe recipe)
    {
        if (!TokenDataset.IsAt(folder))
            return null;
        if (ReadSource(folder)?.Id != recipe.Id)
            throw new InputException($"'{folder}' is named as the synthetic corpus {recipe.Id} and is another: delete it, and that is sampled.");
        return TokenDataset.Open(folder, verify: true);
    }

    private static IDisposable Lock(string beside, CancellationToken cancellation)
    {
        try
        {
            DurableFile.CreateFolder(Path.GetDirectoryName(beside)!);
            return FolderLock.Take(beside + ".lock", cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Path.GetDirectoryName(beside)} cannot be written: {e.Message}", e);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}

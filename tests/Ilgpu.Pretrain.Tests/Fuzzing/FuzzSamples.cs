using System.Text;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Tests.Interchange;
using Ilgpu.Pretrain.Tests.Studies;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>Valid files as the program writes them: of a tiny study with runs, an ensemble, a tuning and a fit.</summary>
internal sealed class FuzzSamples : IDisposable
{
    public const string Steps = """
        runs:
          seeds: {recipe: base, sweep: {seed: 1..2}}
        tunings:
          tuned: {recipe: base, seed: 1, noise-seeds: 0, grid: {lr: [3e-3, 1e-2], epochs: [2]}}
        ensembles:
          all: {of: seeds}
        fits:
          in-k: {law: power, of: all, columns: {K: k}, bootstrap: 0}

        """;

    private readonly TestStudy study = new();
    private readonly TemporaryFolder folder = new();

    public FuzzSamples()
    {
        StudyOutcome outcome = study.Run(Steps);
        StudyYaml = Encoding.UTF8.GetBytes(TestStudy.Head + Steps);
        StudyJson = File.ReadAllBytes(Path.Combine(outcome.Folder, "study.json"));
        string ledger = folder["ledger.jsonl"];
        StudyLedger.Export(ledger, outcome, study.Options);
        Ledger = File.ReadAllBytes(ledger);
        Dataset = Below(FolderWith("dataset.json"));
        string run = outcome.Runs[0].Folder!;
        Run = Below(run, "run");
        Runs = new Dictionary<string, byte[]>(outcome.Runs.Take(2).SelectMany(each => Below(each.Folder!, Path.GetFileName(each.Folder!))));
        Ensemble = Below(FolderWith("ensemble.json"), Path.Combine("ensembles", "e"));
        Tuning = Below(FolderWith("tuning.json"));
        HuggingFaceFolders.Write(folder, "model", HuggingFaceFolders.ConfigOf(HuggingFaceFolders.Shape), HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1), StoredType.Bf16);
        HuggingFaceFolders.Write(folder, "sharded", HuggingFaceFolders.ConfigOf(HuggingFaceFolders.Shape), HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1), files: 3);
        Model = Below(folder["model"]);
        ShardedModel = Below(folder["sharded"]);
        ModelExport.Write(FolderWith("ensemble.json"), folder["exported"], new ExportOptions(StoredType.Bf16));
        ExportedEnsemble = Below(folder["exported"]);
    }

    public byte[] StudyYaml { get; }

    public byte[] StudyJson { get; }

    public byte[] Ledger { get; }

    /// <summary>A dataset's folder.</summary>
    public IReadOnlyDictionary<string, byte[]> Dataset { get; }

    /// <summary>A run's folder, under the name <c>run</c>.</summary>
    public IReadOnlyDictionary<string, byte[]> Run { get; }

    /// <summary>The folders of two runs, by their ids.</summary>
    public IReadOnlyDictionary<string, byte[]> Runs { get; }

    /// <summary>The folder of an ensemble of <see cref="Runs"/>, below them.</summary>
    public IReadOnlyDictionary<string, byte[]> Ensemble { get; }

    /// <summary>A tuning's folder.</summary>
    public IReadOnlyDictionary<string, byte[]> Tuning { get; }

    /// <summary>A model in Hugging Face's layout, in one file.</summary>
    public IReadOnlyDictionary<string, byte[]> Model { get; }

    /// <summary>The same in three.</summary>
    public IReadOnlyDictionary<string, byte[]> ShardedModel { get; }

    /// <summary>An ensemble in Hugging Face's layout.</summary>
    public IReadOnlyDictionary<string, byte[]> ExportedEnsemble { get; }

    public void Dispose()
    {
        study.Dispose();
        folder.Dispose();
    }

    private string FolderWith(string file) =>
        Path.GetDirectoryName(Directory.EnumerateFiles(study.Out, file, SearchOption.AllDirectories).Order(StringComparer.Ordinal).First())!;

    private static Dictionary<string, byte[]> Below(string root, string prefix = "") =>
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).Contains("lock", StringComparison.Ordinal))
            .ToDictionary(file => Path.Combine(prefix, Path.GetRelativePath(root, file)), File.ReadAllBytes);
}

using System.Text.Json;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>A folder of finished runs and ensembles that nobody trained: their losses follow laws that are known.</summary>
internal sealed class MadeUpRuns : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string Folder => folder.Path;

    public void Dispose() => folder.Dispose();

    /// <summary>A run of a preset with a loss; hours in proportion to its FLOPs.</summary>
    /// <returns>Its folder.</returns>
    public string Add(string model, long tokens, int epochs, double loss, uint seed = 0)
    {
        TrainingConfig config = new TrainingConfig
        {
            Model = LlamaPresets.Find(model)!,
            DatasetHash = new string('a', 64),
            Tokens = tokens,
            Epochs = epochs,
            Batch = 4,
            Length = 64,
        }.WithSeed(seed);
        string path = new RunStore(Folder).PathOf(config);
        using RunFolder run = RunFolder.Open(path, config);
        double flops = 6.0 * config.Model.ParameterCount * config.Steps * config.TokensPerStep;
        run.WriteResult(new RunResult
        {
            RunId = config.Id,
            ValLoss = loss,
            BitsPerByte = loss / 3,
            BestValLoss = loss,
            BestStep = config.Steps,
            TrainLoss = loss,
            Steps = config.Steps,
            Tokens = config.Steps * config.TokensPerStep,
            ValTokens = 1000,
            Parameters = config.Model.ParameterCount,
            TrainingFlops = flops,
            Seconds = flops / 1e9,
        });
        return path;
    }

    /// <summary>An ensemble of runs with its loss for every K.</summary>
    public void AddEnsemble(string name, IReadOnlyList<string> members, params double[] losses)
    {
        string path = Path.Combine(Folder, "ensembles", name);
        Directory.CreateDirectory(path);
        var manifest = new EnsembleManifest(
            new string('a', 64), ValidationTokens: null, [.. members.Select(member => new EnsembleManifestMember(Path.GetFileName(member), Path.GetRelativePath(path, member)))]);
        File.WriteAllText(Path.Combine(path, "ensemble.json"), JsonSerializer.Serialize(manifest, RunJson.Compact));
        var scores = new EnsembleScores([.. losses.Select(_ => losses[0])], losses, losses, Tokens: 1000, TextBytes: 4000, MemberResidency.Resident, Seconds: 1);
        File.WriteAllText(Path.Combine(path, "scores.json"), ChecksummedJson.Serialize(scores));
    }
}

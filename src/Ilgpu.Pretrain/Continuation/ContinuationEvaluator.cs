using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Continuation;

/// <summary>Measures continued models beside those that they started from, on new and on old text.</summary>
/// <param name="before">The models that were continued.</param>
/// <param name="after">The continued ones.</param>
/// <param name="newData">That the latter were trained on.</param>
/// <param name="oldData">That the former were trained on; null where that is not known, as of an imported model.</param>
public sealed class ContinuationEvaluator(
    IReadOnlyList<EnsembleMember> before,
    IReadOnlyList<EnsembleMember> after,
    TokenDataset newData,
    TokenDataset? oldData)
{
    private const string FolderName = "continuations";
    private const string FileName = "continuation.json";

    private readonly long? newTokens = after[0].Config.ValidationTokens;
    private readonly long? oldTokens = before[0].Config.ValidationTokens;

    /// <summary>Finds the scores below a store, or measures them and puts them there.</summary>
    /// <param name="root">The folder of runs.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The continuation's folder and its scores.</returns>
    /// <exception cref="InputException">What is found is not what was written, or the folder cannot be written.</exception>
    public (string Folder, ContinuationScores Scores) FindOrMeasure(string root, Device device, CancellationToken cancellation = default)
    {
        string[] idsBefore = [.. before.Select(member => member.Id)];
        string[] idsAfter = [.. after.Select(member => member.Id)];
        string folder = PathOf(root, idsBefore, idsAfter, oldData?.Hash, oldTokens);
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path))
            return (folder, Read(path).Scores);
        var scores = new ContinuationScores(
            Measure(newData, newTokens, device, cancellation),
            oldData is null ? null : Measure(oldData, oldTokens, device, cancellation));
        ChecksummedJson.WriteFile(path, new ContinuationRecord(idsBefore, idsAfter, oldData?.Hash, oldTokens, scores));
        return (folder, scores);
    }

    /// <summary>Where the scores of a continuation lie, or will, below a store.</summary>
    public static string PathOf(string root, IReadOnlyList<string> before, IReadOnlyList<string> after, string? oldDatasetHash, long? oldValidationTokens) =>
        Path.Combine(root, FolderName, ContinuationRecord.IdOf(before, after, oldDatasetHash, oldValidationTokens));

    /// <summary>What a continuation's folder says.</summary>
    /// <exception cref="InputException">It is not what was written.</exception>
    public static ContinuationRecord ReadFolder(string folder) => Read(Path.Combine(folder, FileName));

    /// <summary>Whether a folder is a continuation's.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    private BeforeAndAfter Measure(TokenDataset data, long? tokens, Device device, CancellationToken cancellation)
    {
        var options = new EnsembleEvaluationOptions { OtherData = true };
        return new BeforeAndAfter(
            new EnsembleEvaluator(before, data, tokens, device, options).Evaluate(cancellation),
            new EnsembleEvaluator(after, data, tokens, device, options).Evaluate(cancellation));
    }

    private static ContinuationRecord Read(string path)
    {
        const string Remedy = "delete it, and it is worked out again";
        ContinuationRecord record = ChecksummedJson.ReadFile<ContinuationRecord>(path, Remedy);
        return record.Scores.IsWhole ? record : throw new InputException($"'{path}' was edited or is damaged (its lists of losses have other lengths): {Remedy}.");
    }
}

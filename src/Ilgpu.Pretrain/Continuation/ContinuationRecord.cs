namespace Ilgpu.Pretrain.Continuation;

/// <summary>What continuation.json says.</summary>
/// <param name="Before">Ids of the runs, or of the imported model, that were continued.</param>
/// <param name="After">Ids of the continued runs.</param>
/// <param name="OldDatasetHash">Of what the former were trained on; null where that is not known.</param>
/// <param name="OldValidationTokens">That old losses are measured on; null for all.</param>
/// <param name="Scores">What came out.</param>
public sealed record ContinuationRecord(
    IReadOnlyList<string> Before,
    IReadOnlyList<string> After,
    string? OldDatasetHash,
    long? OldValidationTokens,
    ContinuationScores Scores)
{
    /// <summary>The continuation's name: the hash of what decides its scores.</summary>
    internal static string IdOf(IReadOnlyList<string> before, IReadOnlyList<string> after, string? oldDatasetHash, long? oldValidationTokens) =>
        ContentDigest.IdOf(ContentDigest.Of(string.Join(
            '\n', [.. before, "continued", .. after, oldDatasetHash ?? "", $"{oldValidationTokens}"])));
}

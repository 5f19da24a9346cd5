namespace Ilgpu.Pretrain.Studies;

/// <summary>A dataset that is there, or known from a ledger.</summary>
/// <param name="Identity">What configurations need.</param>
/// <param name="Folder">Where it lies, or would.</param>
/// <param name="LedgerKey">By which a ledger knows it.</param>
public sealed record DatasetResult(DatasetIdentity Identity, string Folder, string LedgerKey) : StepResult
{
    public override string Summary => FormattableString.Invariant($"{Identity.TrainTokens:N0} training tokens of {Identity.Vocabulary}, {Identity.Hash[..8]}");
}

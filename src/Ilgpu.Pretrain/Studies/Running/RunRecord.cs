namespace Ilgpu.Pretrain.Studies;

/// <summary>A finished run in study.json.</summary>
/// <param name="Name">In the study.</param>
/// <param name="Id">Of its configuration.</param>
/// <param name="Folder">Null where it is known from a ledger only.</param>
/// <param name="ValLoss">In nats a token.</param>
/// <param name="BitsPerByte">The same for a byte of text.</param>
/// <param name="Parameters">Of its model.</param>
/// <param name="LearningRate">Its peak.</param>
/// <param name="Epochs">Over its tokens.</param>
/// <param name="WeightDecay">Decoupled.</param>
/// <param name="Tokens">Unique ones.</param>
/// <param name="Seconds">It took.</param>
public sealed record RunRecord(
    string Name,
    string Id,
    string? Folder,
    double ValLoss,
    double BitsPerByte,
    long Parameters,
    double LearningRate,
    int Epochs,
    double WeightDecay,
    long Tokens,
    double Seconds)
{
    internal static RunRecord Of(StudyRun run, string? folder) => new(
        run.Name,
        run.Config.Id,
        folder,
        run.Result.ValLoss,
        run.Result.BitsPerByte,
        run.Result.Parameters,
        run.Config.LearningRate,
        run.Config.Epochs,
        run.Config.WeightDecay,
        run.Config.Tokens,
        run.Result.Seconds);
}

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>What came of one recipe.</summary>
/// <param name="Recipe">Which.</param>
/// <param name="ValLoss">Validation loss in nats a token.</param>
/// <param name="BitsPerByte">The same for each byte of text.</param>
/// <param name="TrainLoss">Of the last epoch, the mean over members.</param>
/// <param name="MemberLoss">Mean validation loss of the members by themselves; that of the model where there is one.</param>
/// <param name="Parameters">Of all members.</param>
/// <param name="Seconds">Of training, summed over the members, and of measuring them together.</param>
/// <param name="Folder">The run's or the ensemble's.</param>
internal sealed record DemoOutcome(
    DemoRecipe Recipe,
    double ValLoss,
    double BitsPerByte,
    double TrainLoss,
    double MemberLoss,
    long Parameters,
    double Seconds,
    string Folder);

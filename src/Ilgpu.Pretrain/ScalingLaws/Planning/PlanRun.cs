namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A run or an ensemble that a plan is made from.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Parameters">Of the model, or of each member.</param>
/// <param name="UniqueTokens">Tokens it was trained on.</param>
/// <param name="Tokens">The same, those of every epoch counted; of each member.</param>
/// <param name="Members">1 for a single model.</param>
/// <param name="Loss">Validation loss, nats a token.</param>
/// <param name="Hours">That it took, all members together.</param>
public sealed record PlanRun(string Name, double Parameters, double UniqueTokens, double Tokens, double Members, double Loss, double Hours)
{
    public double Epochs => Tokens / UniqueTokens;
}

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A row that a law was fitted to.</summary>
/// <param name="Row">What messages call it.</param>
/// <param name="Measured">In the table.</param>
/// <param name="Fitted">By the law.</param>
public sealed record LawResidual(string Row, double Measured, double Fitted)
{
    /// <summary>The row's numbers, by the names of the law's variables.</summary>
    public IReadOnlyDictionary<string, double> At { get; init; } = new Dictionary<string, double>();

    /// <summary>The row's words, as a recipe's name, by the names of the law's variables.</summary>
    public IReadOnlyDictionary<string, string> Words { get; init; } = new Dictionary<string, string>();
}

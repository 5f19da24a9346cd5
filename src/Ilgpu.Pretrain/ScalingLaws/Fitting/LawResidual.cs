namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A row that a law was fitted to.</summary>
/// <param name="Row">What messages call it.</param>
/// <param name="Measured">In the table.</param>
/// <param name="Fitted">By the law.</param>
public sealed record LawResidual(string Row, double Measured, double Fitted);

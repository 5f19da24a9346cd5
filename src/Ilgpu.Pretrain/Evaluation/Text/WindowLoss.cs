namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What one window's predicted tokens lose.</summary>
/// <param name="Text">The document's name.</param>
/// <param name="First">The first predicted token, counted in the document's ids from 0.</param>
/// <param name="Tokens">Predicted.</param>
/// <param name="Loss">Their mean loss under all members together, in nats.</param>
public readonly record struct WindowLoss(string Text, long First, int Tokens, double Loss);

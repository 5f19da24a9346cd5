namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Sequences of one length, side by side.</summary>
/// <param name="FirstCell">Where they begin among all cells.</param>
/// <param name="Sequences">How many.</param>
/// <param name="Length">Cells of each.</param>
internal readonly record struct TreeBlock(int FirstCell, int Sequences, int Length);

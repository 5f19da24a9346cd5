namespace Ilgpu.Pretrain.Bench;

/// <summary>A parameter of all layers together, as it lies in llm.c's checkpoint.</summary>
/// <param name="Name">llm.c's name of it.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Length">Elements.</param>
internal readonly record struct Gpt2Tensor(string Name, Gpt2TensorKind Kind, long Length);

namespace Ilgpu.Pretrain.Bench;

internal enum Gpt2TensorKind
{
    Matrix,

    /// <summary>A norm's weights, about one.</summary>
    Scale,

    Bias,
}

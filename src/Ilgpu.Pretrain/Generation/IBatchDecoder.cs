using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Generation;

/// <summary>A decoder whose logits stay on the device.</summary>
internal interface IBatchDecoder : ITokenDecoder
{
    /// <summary>Appends one token to each sequence.</summary>
    /// <exception cref="ArgumentException">The count does not fit, or an id lies outside the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The cache is full.</exception>
    void Advance(ReadOnlySpan<int> ids);

    /// <summary>The logits behind the tokens appended last, batch x vocabulary: until the next step.</summary>
    Tensor<float> NextLogits();
}

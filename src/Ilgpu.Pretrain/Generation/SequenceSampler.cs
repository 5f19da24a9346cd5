using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Generation;

/// <summary>
/// Samples many sequences at once, each from a token of its own on. What a sequence is depends on the decoder's models, the
/// options, its number and its first token, and neither on the batch nor on the sequences beside it, to the bit on CPUs.
/// </summary>
internal sealed class SequenceSampler : IDisposable
{
    private readonly IBatchDecoder decoder;
    private readonly SamplingRule rule;
    private readonly ulong seed;
    private readonly Sampling sampling;
    private readonly Slab<float> slab;
    private readonly Tensor<float> weights;
    private readonly DeviceBuffer<int> drawnBuffer;
    private readonly Tensor<int> drawn;
    private readonly int[] step;

    /// <param name="device">The decoder's.</param>
    /// <param name="decoder">Takes as many sequences as are sampled at once; its owner is the caller.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="rung">For tests; null for the best.</param>
    public SequenceSampler(Device device, IBatchDecoder decoder, SamplingOptions options, Rung? rung = null)
    {
        options.Validate();
        this.decoder = decoder;
        rule = new SamplingRule(options.Temperature, options.TopK, options.TopP);
        seed = options.Seed;
        sampling = Sampling.Create(device, rung);
        var layout = new SlabLayout();
        SlabEntry entry = layout.Reserve("weights", decoder.Batch, decoder.Vocabulary);
        slab = new Slab<float>(device, layout);
        weights = slab[entry];
        drawnBuffer = device.Allocate<int>(decoder.Batch);
        drawn = new Tensor<int>(drawnBuffer.View, 1, decoder.Batch);
        step = new int[decoder.Batch];
    }

    /// <summary>Samples as many sequences as the decoder takes.</summary>
    /// <param name="first">The first one's number.</param>
    /// <param name="stride">From one's number to the next one's.</param>
    /// <param name="tokens">Sequences x length: each begins with its first token, and the others are overwritten.</param>
    /// <param name="onStep">Told after each token of every sequence, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">Logits are not numbers.</exception>
    public void Sample(uint first, uint stride, Span<int> tokens, Action? onStep = null, CancellationToken cancellation = default)
    {
        int length = tokens.Length / decoder.Batch;
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, decoder.Batch * length);
        for (int i = 0; i < step.Length; i++)
            step[i] = tokens[i * length];
        decoder.Reset();
        for (int position = 1; position < length; position++)
        {
            cancellation.ThrowIfCancellationRequested();
            decoder.Advance(step);
            sampling.Draw(drawn, decoder.NextLogits(), weights, rule, new SamplingKey(seed, first, stride, (uint)position));
            drawn.CopyTo(step);
            for (int i = 0; i < step.Length; i++)
            {
                if (step[i] == Sampling.NoId)
                    throw new InputException($"Sequence {first + ((long)i * stride)} cannot be sampled on from token {position}: the model's logits are not all numbers.");
                tokens[(i * length) + position] = step[i];
            }

            onStep?.Invoke();
        }
    }

    public void Dispose()
    {
        slab.Dispose();
        drawnBuffer.Dispose();
    }
}

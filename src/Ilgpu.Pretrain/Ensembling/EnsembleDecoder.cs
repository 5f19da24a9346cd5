using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>The next-token distribution of an ensemble: every member decodes, and what they give is averaged on the device, weighted or not.</summary>
public sealed class EnsembleDecoder : IBatchDecoder
{
    private readonly Decoder[] decoders;
    private readonly EnsembleLogits average;
    private readonly DeviceBuffer<float> sumBuffer;
    private readonly Tensor<float> sum;
    private readonly float[] weights;

    /// <param name="models">Of one vocabulary, on one device; they have to outlive the decoder.</param>
    /// <param name="averaging">Of logits or of probabilities.</param>
    /// <param name="batch">Sequences that advance together.</param>
    /// <param name="capacity">Positions of the cache; null for the members' smallest context.</param>
    /// <param name="weights">Of the members, with the sum 1; null for equal ones.</param>
    public EnsembleDecoder(IReadOnlyList<LlamaModel> models, EnsembleAveraging averaging, int batch = 1, int? capacity = null, IReadOnlyList<double>? weights = null)
    {
        if (weights is not null)
            ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Count, models.Count, nameof(weights));
        // Scaled to the sum that equal weights of 1 have, which is divided by in the end.
        this.weights = [.. models.Select((_, i) => weights is null ? 1 : (float)(weights[i] * models.Count))];
        capacity ??= models.Min(model => model.Config.Context);
        decoders = [.. models.Select(model => new Decoder(model, batch, capacity))];
        Device device = models[0].Device;
        average = EnsembleLogits.Create(device, averaging, models[0].Options.Rung);
        sumBuffer = device.Allocate<float>((long)batch * Vocabulary);
        sum = new Tensor<float>(sumBuffer.View, batch, Vocabulary);
    }

    public int Batch => decoders[0].Batch;

    public int Capacity => decoders[0].Capacity;

    public int Position => decoders[0].Position;

    public int Vocabulary => decoders[0].Vocabulary;

    public void Reset()
    {
        foreach (Decoder decoder in decoders)
            decoder.Reset();
    }

    /// <inheritdoc/>
    public void Rewind(int position)
    {
        foreach (Decoder decoder in decoders)
            decoder.Rewind(position);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> ids, Span<float> logits)
    {
        if (logits.Length != 0 && logits.Length != (long)Batch * Vocabulary)
            throw new ArgumentException($"{logits.Length} logits are not {Batch} x {Vocabulary}.", nameof(logits));
        Advance(ids);
        if (!logits.IsEmpty)
            NextLogits().CopyTo(logits);
    }

    void IBatchDecoder.Advance(ReadOnlySpan<int> ids) => Advance(ids);

    Tensor<float> IBatchDecoder.NextLogits() => NextLogits();

    public void Dispose()
    {
        foreach (Decoder decoder in decoders)
            decoder.Dispose();
        sumBuffer.Dispose();
    }

    private void Advance(ReadOnlySpan<int> ids)
    {
        foreach (Decoder decoder in decoders)
            decoder.Advance(ids);
    }

    private Tensor<float> NextLogits()
    {
        for (int member = 0; member < decoders.Length; member++)
            average.Accumulate(sum, decoders[member].NextLogits(), member + 1, weights[member]);
        average.Finish(sum, decoders.Length);
        return sum;
    }
}

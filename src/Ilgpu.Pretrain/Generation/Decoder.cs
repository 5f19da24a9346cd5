using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Generation;

/// <summary>
/// A model's next-token logits, one token at a time: keys and values of earlier tokens are kept in a cache, so that a
/// token costs one row of every product. The sequences of a batch advance together, each with a token of its own.
/// </summary>
public sealed class Decoder : IBatchDecoder
{
    private readonly LlamaModel model;
    private readonly DecoderOps ops;
    private readonly DecoderMemory memory;
    private readonly RopeTable rope;
    private readonly AttentionShape cacheShape;
    private readonly AttentionShape tokenShape;
    private readonly float epsilon;

    /// <param name="model">Its parameters are read at every step; it has to outlive the decoder.</param>
    /// <param name="batch">Sequences that advance together.</param>
    /// <param name="capacity">Positions of the cache; null for the model's context.</param>
    /// <exception cref="InputException">The batch or the capacity is out of range.</exception>
    public Decoder(LlamaModel model, int batch = 1, int? capacity = null)
    {
        LlamaConfig config = model.Config;
        Capacity = capacity ?? config.Context;
        if (batch < 1)
            throw new InputException($"Sequences are generated 1 or more at a time; it was given {batch}.");
        if (Capacity < 1 || Capacity > config.Context)
            throw new InputException($"A cache has 1 to {config.Context} positions, the context of model '{config.Name}'; it was given {Capacity}.");
        this.model = model;
        Batch = batch;
        cacheShape = new AttentionShape(batch, Capacity, config.Heads, config.KeyValueHeads, config.HeadSize);
        tokenShape = cacheShape with { Length = 1 };
        epsilon = (float)config.NormEpsilon;
        ops = new DecoderOps(model.Device, model.Options.Rung);
        memory = new DecoderMemory(model.Device, config, cacheShape);
        rope = new RopeTable(model.Device, Capacity, config.HeadSize, config.RopeTheta);
    }

    public int Batch { get; }

    /// <summary>Tokens that a sequence can have before <see cref="Reset"/>.</summary>
    public int Capacity { get; }

    /// <summary>Tokens that each sequence has so far.</summary>
    public int Position { get; private set; }

    public int Vocabulary => model.Config.Vocabulary;

    /// <summary>Forgets all tokens.</summary>
    public void Reset() => Position = 0;

    /// <inheritdoc/>
    public void Rewind(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Position);
        Position = position;
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

    /// <summary>Bytes of device memory that a decoder takes beside its model.</summary>
    internal static long Bytes(LlamaConfig config, int batch, int capacity) =>
        DecoderMemory.Bytes(config, new AttentionShape(batch, capacity, config.Heads, config.KeyValueHeads, config.HeadSize));

    public void Dispose()
    {
        rope.Dispose();
        memory.Dispose();
    }

    /// <summary>Appends one token to each sequence.</summary>
    internal void Advance(ReadOnlySpan<int> ids)
    {
        if (ids.Length != Batch)
            throw new ArgumentException($"{ids.Length} ids are not one for each of {Batch} sequences.", nameof(ids));
        if (Position == Capacity)
            throw new InvalidOperationException($"The cache of {Capacity} positions is full.");
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)Vocabulary)
                throw new ArgumentException($"Id {id} lies outside the vocabulary of {Vocabulary}.", nameof(ids));
        }

        memory.Ids.CopyFrom(ids);
        ops.Embedding.Forward(memory.Residual, memory.Ids, model.Weights.Embedding);
        for (int layer = 0; layer < model.Config.Layers; layer++)
            StepLayer(model.Weights.Layers[layer], memory.Caches[layer]);
        Position++;
    }

    /// <summary>The logits behind the tokens appended last, batch x vocabulary: on the device, until the next step.</summary>
    internal Tensor<float> NextLogits()
    {
        ops.RmsNorm.Forward(memory.Normed, memory.InverseRms, memory.Residual, model.Weights.FinalNorm, epsilon);
        ops.Matmul.Multiply(memory.Logits, memory.Normed, model.Weights.Head, MatmulLayout.NT);
        return memory.Logits;
    }

    private void StepLayer(LayerWeights w, KeyValueCache cache)
    {
        ops.RmsNorm.Forward(memory.Normed, memory.InverseRms, memory.Residual, w.AttentionNorm, epsilon);
        ops.Matmul.Multiply(memory.Qkv, memory.Normed, w.Qkv, MatmulLayout.NT);
        ops.Rope.Forward(memory.Qkv, rope, tokenShape, Position);
        ops.Attention.Step(memory.Attended, cache.Keys, cache.Values, memory.Qkv, memory.Scores, cacheShape, Position);
        ops.Matmul.Multiply(memory.Residual, memory.Attended, w.AttentionOutput, MatmulLayout.NT, memory.Residual);

        ops.RmsNorm.Forward(memory.Normed, memory.InverseRms, memory.Residual, w.MlpNorm, epsilon);
        ops.Matmul.Multiply(memory.GateUp, memory.Normed, w.GateUp, MatmulLayout.NT);
        ops.SwiGlu.Forward(memory.Gated, memory.GateUp);
        ops.Matmul.Multiply(memory.Residual, memory.Gated, w.Down, MatmulLayout.NT, memory.Residual);
    }
}

using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Generation;

/// <summary>A decoder's key/value caches and the activations of one token a sequence, in one slab.</summary>
internal sealed class DecoderMemory : IDisposable
{
    private readonly Slab<float> slab;
    private readonly DeviceBuffer<int> ids;

    public DecoderMemory(Device device, LlamaConfig config, AttentionShape cacheShape)
    {
        int batch = cacheShape.Batch;
        var layout = new SlabLayout();
        (SlabEntry Keys, SlabEntry Values)[] caches = [.. Enumerable.Range(0, config.Layers).Select(layer => (
            layout.Reserve($"layers.{layer}.keys", cacheShape.Tokens, cacheShape.KeyValueColumns),
            layout.Reserve($"layers.{layer}.values", cacheShape.Tokens, cacheShape.KeyValueColumns)))];
        SlabEntry residual = layout.Reserve("residual", batch, config.Hidden);
        SlabEntry normed = layout.Reserve("normed", batch, config.Hidden);
        SlabEntry inverseRms = layout.Reserve("inverse_rms", 1, batch);
        SlabEntry qkv = layout.Reserve("qkv", batch, cacheShape.QkvColumns);
        SlabEntry scores = layout.Reserve("scores", batch * cacheShape.Heads, cacheShape.Length);
        SlabEntry attended = layout.Reserve("attended", batch, config.Hidden);
        SlabEntry gateUp = layout.Reserve("gate_up", batch, 2 * config.Mlp);
        SlabEntry gated = layout.Reserve("gated", batch, config.Mlp);
        SlabEntry logits = layout.Reserve("logits", batch, config.Vocabulary);

        slab = new Slab<float>(device, layout);
        ids = device.Allocate<int>(batch);
        Caches = [.. caches.Select(cache => new KeyValueCache(slab[cache.Keys], slab[cache.Values]))];
        Residual = slab[residual];
        Normed = slab[normed];
        InverseRms = slab[inverseRms];
        Qkv = slab[qkv];
        Scores = slab[scores];
        Attended = slab[attended];
        GateUp = slab[gateUp];
        Gated = slab[gated];
        Logits = slab[logits];
        Ids = new Tensor<int>(ids.View, 1, batch);
    }

    public KeyValueCache[] Caches { get; }

    /// <summary>1 x batch.</summary>
    public Tensor<int> Ids { get; }

    /// <summary>batch x hidden.</summary>
    public Tensor<float> Residual { get; }

    /// <summary>batch x hidden.</summary>
    public Tensor<float> Normed { get; }

    /// <summary>1 x batch.</summary>
    public Tensor<float> InverseRms { get; }

    /// <summary>batch x qkv columns.</summary>
    public Tensor<float> Qkv { get; }

    /// <summary>(batch heads) x capacity.</summary>
    public Tensor<float> Scores { get; }

    /// <summary>batch x hidden.</summary>
    public Tensor<float> Attended { get; }

    /// <summary>batch x 2 mlp.</summary>
    public Tensor<float> GateUp { get; }

    /// <summary>batch x mlp.</summary>
    public Tensor<float> Gated { get; }

    /// <summary>batch x vocabulary.</summary>
    public Tensor<float> Logits { get; }

    public void Dispose()
    {
        slab.Dispose();
        ids.Dispose();
    }
}

/// <summary>One layer's keys and values: (batch capacity) x (keyValueHeads headSize) each.</summary>
internal sealed record KeyValueCache(Tensor<float> Keys, Tensor<float> Values);

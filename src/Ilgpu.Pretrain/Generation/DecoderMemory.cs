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
        SlabLayout layout = Layout(config, cacheShape, out Entries entries);
        slab = new Slab<float>(device, layout);
        ids = device.Allocate<int>(cacheShape.Batch);
        Caches = [.. entries.Caches.Select(cache => new KeyValueCache(slab[cache.Keys], slab[cache.Values]))];
        Residual = slab[entries.Residual];
        Normed = slab[entries.Normed];
        InverseRms = slab[entries.InverseRms];
        Qkv = slab[entries.Qkv];
        Scores = slab[entries.Scores];
        Attended = slab[entries.Attended];
        GateUp = slab[entries.GateUp];
        Gated = slab[entries.Gated];
        Logits = slab[entries.Logits];
        Ids = new Tensor<int>(ids.View, 1, cacheShape.Batch);
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

    public static long Bytes(LlamaConfig config, AttentionShape cacheShape) => Layout(config, cacheShape, out _).Length * sizeof(float);

    public void Dispose()
    {
        slab.Dispose();
        ids.Dispose();
    }

    private static SlabLayout Layout(LlamaConfig config, AttentionShape cacheShape, out Entries entries)
    {
        int batch = cacheShape.Batch;
        var layout = new SlabLayout();
        entries = new Entries(
            [.. Enumerable.Range(0, config.Layers).Select(layer => (
                layout.Reserve($"layers.{layer}.keys", cacheShape.Tokens, cacheShape.KeyValueColumns),
                layout.Reserve($"layers.{layer}.values", cacheShape.Tokens, cacheShape.KeyValueColumns)))],
            layout.Reserve("residual", batch, config.Hidden),
            layout.Reserve("normed", batch, config.Hidden),
            layout.Reserve("inverse_rms", 1, batch),
            layout.Reserve("qkv", batch, cacheShape.QkvColumns),
            layout.Reserve("scores", batch * cacheShape.Heads, cacheShape.Length),
            layout.Reserve("attended", batch, config.Hidden),
            layout.Reserve("gate_up", batch, 2 * config.Mlp),
            layout.Reserve("gated", batch, config.Mlp),
            layout.Reserve("logits", batch, config.Vocabulary));
        return layout;
    }

    private sealed record Entries(
        (SlabEntry Keys, SlabEntry Values)[] Caches,
        SlabEntry Residual,
        SlabEntry Normed,
        SlabEntry InverseRms,
        SlabEntry Qkv,
        SlabEntry Scores,
        SlabEntry Attended,
        SlabEntry GateUp,
        SlabEntry Gated,
        SlabEntry Logits);
}

/// <summary>One layer's keys and values: (batch capacity) x (keyValueHeads headSize) each.</summary>
internal sealed record KeyValueCache(Tensor<float> Keys, Tensor<float> Values);

using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The names that Hugging Face's Llama gives its parameters, mapped to the slab's matrices.</summary>
internal static class HuggingFaceNames
{
    public static IEnumerable<NamedParameter> Of(ParameterLayout layout)
    {
        LlamaConfig config = layout.Config;
        int keyValueRows = config.KeyValueHeads * config.HeadSize;
        yield return Matrix("model.embed_tokens", layout.Embedding);
        for (int i = 0; i < layout.Layers.Count; i++)
        {
            LayerParameters layer = layout.Layers[i];
            string prefix = $"model.layers.{i}";
            yield return Gain($"{prefix}.input_layernorm", layer.AttentionNorm);
            yield return Rows($"{prefix}.self_attn.q_proj", layer.Matrices.Qkv, 0, config.Hidden);
            yield return Rows($"{prefix}.self_attn.k_proj", layer.Matrices.Qkv, config.Hidden, keyValueRows);
            yield return Rows($"{prefix}.self_attn.v_proj", layer.Matrices.Qkv, config.Hidden + keyValueRows, keyValueRows);
            yield return Matrix($"{prefix}.self_attn.o_proj", layer.Matrices.AttentionOutput);
            yield return Gain($"{prefix}.post_attention_layernorm", layer.MlpNorm);
            yield return Rows($"{prefix}.mlp.gate_proj", layer.Matrices.GateUp, 0, config.Mlp);
            yield return Rows($"{prefix}.mlp.up_proj", layer.Matrices.GateUp, config.Mlp, config.Mlp);
            yield return Matrix($"{prefix}.mlp.down_proj", layer.Matrices.Down);
        }

        yield return Gain("model.norm", layout.FinalNorm);
        if (!config.TiedEmbeddings)
            yield return Matrix("lm_head", layout.Head);
    }

    private static NamedParameter Matrix(string name, SlabEntry entry) => Rows(name, entry, 0, entry.Rows);

    private static NamedParameter Rows(string name, SlabEntry entry, int first, int count) =>
        new($"{name}.weight", [count, entry.Columns], entry, first);

    private static NamedParameter Gain(string name, SlabEntry entry) => new($"{name}.weight", [entry.Columns], entry, 0);
}

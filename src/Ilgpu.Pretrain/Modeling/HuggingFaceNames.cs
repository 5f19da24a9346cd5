using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The names that Hugging Face's Llama gives its parameters, mapped to the slab's matrices.</summary>
internal static class HuggingFaceNames
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string Head = "lm_head.weight";

    /// <param name="layer">From 0.</param>
    /// <param name="name">As in <c>mlp.up_proj</c>.</param>
    public static string OfLayer(int layer, string name) => $"model.layers.{layer}.{name}.weight";

    public static IEnumerable<NamedParameter> Of(ParameterLayout layout)
    {
        LlamaConfig config = layout.Config;
        int keyValueRows = config.KeyValueHeads * config.HeadSize;
        yield return Matrix(Embedding, layout.Embedding);
        for (int i = 0; i < layout.Layers.Count; i++)
        {
            LayerParameters layer = layout.Layers[i];
            string Name(string name) => OfLayer(i, name);
            yield return Gain(Name("input_layernorm"), layer.AttentionNorm);
            yield return Rows(Name("self_attn.q_proj"), layer.Matrices.Qkv, 0, config.Hidden);
            yield return Rows(Name("self_attn.k_proj"), layer.Matrices.Qkv, config.Hidden, keyValueRows);
            yield return Rows(Name("self_attn.v_proj"), layer.Matrices.Qkv, config.Hidden + keyValueRows, keyValueRows);
            yield return Matrix(Name("self_attn.o_proj"), layer.Matrices.AttentionOutput);
            yield return Gain(Name("post_attention_layernorm"), layer.MlpNorm);
            yield return Rows(Name("mlp.gate_proj"), layer.Matrices.GateUp, 0, config.Mlp);
            yield return Rows(Name("mlp.up_proj"), layer.Matrices.GateUp, config.Mlp, config.Mlp);
            yield return Matrix(Name("mlp.down_proj"), layer.Matrices.Down);
        }

        yield return Gain(FinalNorm, layout.FinalNorm);
        if (!config.TiedEmbeddings)
            yield return Matrix(Head, layout.Head);
    }

    private static NamedParameter Matrix(string name, SlabEntry entry) => Rows(name, entry, 0, entry.Rows);

    private static NamedParameter Rows(string name, SlabEntry entry, int first, int count) =>
        new(name, [count, entry.Columns], entry, first);

    private static NamedParameter Gain(string name, SlabEntry entry) => new(name, [entry.Columns], entry, 0);
}

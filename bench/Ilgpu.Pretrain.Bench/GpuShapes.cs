using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What a training step of the measured model launches: its shapes, or ones that take milliseconds.</summary>
/// <param name="Model">The paper's 300M model.</param>
/// <param name="Batch">Sequences.</param>
/// <param name="Length">Tokens a sequence.</param>
/// <param name="Squares">Extents of square products; empty: of the others only one layer's are launched.</param>
/// <param name="Parameters">Elements of an optimizer step.</param>
/// <param name="CopyBytes">Bytes that are copied: far more than any cache holds.</param>
internal sealed record GpuShapes(LlamaConfig Model, int Batch, int Length, int[] Squares, int Parameters, int CopyBytes)
{
    public static GpuShapes Full { get; } = new(LlamaPresets.Find("300m")!, Batch: 4, Length: 4096, [4096, 8192], 1 << 27, 1 << 30);

    public static GpuShapes Tiny { get; } = new(
        new LlamaConfig { Name = "tiny", Hidden = 64, Mlp = 96, Layers = 1, Heads = 2, KeyValueHeads = 1, Vocabulary = 136, Context = 64 },
        Batch: 1,
        Length: 32,
        [],
        1 << 10,
        1 << 12);

    public int Tokens => Batch * Length;

    /// <summary>Rows of logits that exist at a time.</summary>
    public int Chunk => OutputHead.TensorCoreChunkTokens(Tokens, Model.Vocabulary);

    public AttentionShape Attention => new(Batch, Length, Model.Heads, Model.KeyValueHeads, Model.HeadSize);

    /// <summary>Every product of a step, and squares to compare with other machines.</summary>
    public IEnumerable<MatmulCase> Products => Squares.Length == 0 ? MatmulShapes.Layer(Tokens, Model.QkvColumns, Model.Hidden) :
    [
        .. MatmulShapes.Layer(Tokens, Model.QkvColumns, Model.Hidden),
        .. MatmulShapes.Layer(Tokens, Model.Hidden, Model.Hidden),
        .. MatmulShapes.Layer(Tokens, 2 * Model.Mlp, Model.Hidden),
        .. MatmulShapes.Layer(Tokens, Model.Hidden, Model.Mlp),
        .. MatmulShapes.Layer(Chunk, Model.Vocabulary, Model.Hidden),
        .. Squares.SelectMany(extent => MatmulShapes.Layer(extent, extent, extent)),
    ];
}

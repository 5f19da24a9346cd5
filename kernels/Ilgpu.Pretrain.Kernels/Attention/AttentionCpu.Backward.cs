using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <content>
/// The gradient of a score q k is scale p (dp - D) with p = exp(scale q k - logSumExp), dp = dO v and D = dO O.
/// Either one tile computes the whole gradient of a key/value head and the query heads that share it, or, where that
/// makes too few tiles, one launch computes the queries' gradient and leaves D to a second one for the keys' and values'.
/// The second way computes p and dp twice, in the same order: both give the same bits.
/// </content>
internal sealed unsafe partial class AttentionCpu<TFloats>
{
    /// <summary>Key/value heads of all sequences from which on there are enough of them to give each a tile.</summary>
    private const int LeastWholeTiles = 16;

    private static bool GradientIsWhole(AttentionShape shape) =>
        shape.HeadSize % Lanes == 0 && KeyValueSequences(shape) >= LeastWholeTiles;

    private static void QueryGradientKernel(
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape) =>
        QueryGradientTile(Grid.IdxX, qkvGradient, dots, outputGradient, output, logSumExp, qkv, shape);

    private static void KeyValueGradientKernel(
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape) =>
        KeyValueGradientTile(Grid.IdxX, qkvGradient, dots, outputGradient, output, logSumExp, qkv, shape);

    private static void WholeGradientKernel(
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape) =>
        WholeGradientTile(Grid.IdxX, qkvGradient, dots, outputGradient, output, logSumExp, qkv, shape);

    [IntrinsicImplementation]
    private static void QueryGradientTile(
        int tile,
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape)
    {
        var backward = new AttentionBackward<TFloats>(qkvGradient.Pointer(), dots.Pointer(), outputGradient.Pointer(), output.Pointer(), logSumExp.Pointer(), qkv.Pointer(), shape);
        int items = QueryBlocks(shape);
        int perTile = ItemsPerTile(shape, items);
        int end = Math.Min((tile + 1) * perTile, items);
        for (int item = tile * perTile; item < end; item++)
        {
            (int sequence, int head, int block) = Place(item, shape.Heads, shape.Length);
            backward.QueryBlock(sequence, head, block);
        }
    }

    [IntrinsicImplementation]
    private static void KeyValueGradientTile(
        int tile,
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape)
    {
        var backward = new AttentionBackward<TFloats>(qkvGradient.Pointer(), dots.Pointer(), outputGradient.Pointer(), output.Pointer(), logSumExp.Pointer(), qkv.Pointer(), shape);
        int items = KeyBlocks(shape);
        int perTile = ItemsPerTile(shape, items);
        int end = Math.Min((tile + 1) * perTile, items);
        for (int item = tile * perTile; item < end; item++)
        {
            (int sequence, int keyValueHead, int block) = Place(item, shape.KeyValueHeads, shape.Length);
            backward.KeyValueBlock(sequence, keyValueHead, block, withQueries: false);
        }
    }

    [IntrinsicImplementation]
    private static void WholeGradientTile(
        int tile,
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape)
    {
        var backward = new AttentionBackward<TFloats>(qkvGradient.Pointer(), dots.Pointer(), outputGradient.Pointer(), output.Pointer(), logSumExp.Pointer(), qkv.Pointer(), shape);
        int items = KeyValueSequences(shape);
        int perTile = ItemsPerTile(shape, items);
        int end = Math.Min((tile + 1) * perTile, items);
        int blocks = Tiling.Count(shape.Length, Extent);
        for (int item = tile * perTile; item < end; item++)
        {
            for (int block = 0; block < blocks; block++)
                backward.KeyValueBlock(item / shape.KeyValueHeads, item % shape.KeyValueHeads, block, withQueries: true);
        }
    }
}

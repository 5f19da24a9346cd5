using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Causal attention, forward and backward; only the visible half is counted, two products forward and five backward.</summary>
internal static class GpuAttentionCases
{
    private const int ForwardProducts = 2;
    private const int BackwardProducts = 5;

    public static IEnumerable<GpuCase> Of<T>(GpuShapes shapes, bool tiny, string elements)
        where T : unmanaged
    {
        AttentionShape model = shapes.Attention;
        AttentionShape[] all = tiny
            ? [model]
            : [model, model with { Heads = 16, KeyValueHeads = 8, HeadSize = 64 }, model with { Batch = 2, Heads = 16, KeyValueHeads = 8, HeadSize = 96 }, model with { Batch = 2, Heads = 16, KeyValueHeads = 8, HeadSize = 128 }];
        return all.SelectMany(shape => new[] { Case<T>(shape, backward: false, elements), Case<T>(shape, backward: true, elements) });
    }

    private static unsafe GpuCase Case<T>(AttentionShape shape, bool backward, string elements)
        where T : unmanaged
    {
        double flops = (double)(backward ? BackwardProducts : ForwardProducts) * shape.Tokens * (shape.Length + 1) * shape.OutputColumns;
        double qkvBytes = (double)sizeof(T) * shape.Tokens * shape.QkvColumns;
        double outputBytes = (double)sizeof(T) * shape.Tokens * shape.OutputColumns;
        double bytes = backward ? (2 * qkvBytes) + (2 * outputBytes) : qkvBytes + outputBytes;
        string name = FormattableString.Invariant($"{(backward ? "backward" : "forward")} {shape.Batch} x {shape.Length}, {shape.Heads}/{shape.KeyValueHeads} heads of {shape.HeadSize}");
        return new GpuCase("attention", name, elements, flops, bytes, memory =>
        {
            Tensor<T> qkv = memory.Random<T>(shape.Tokens, shape.QkvColumns);
            Tensor<T> output = memory.Zero<T>(shape.Tokens, shape.OutputColumns);
            Tensor<float> logSumExp = memory.Zero<float>(shape.Batch * shape.Heads, shape.Length);
            var op = Attention.Create<T>(memory.Device);
            if (!backward)
                return (() => op.Forward(output, logSumExp, qkv, shape), op);
            op.Forward(output, logSumExp, qkv, shape);
            Tensor<T> outputGradient = memory.Random<T>(shape.Tokens, shape.OutputColumns);
            Tensor<T> qkvGradient = memory.Zero<T>(shape.Tokens, shape.QkvColumns);
            Tensor<float> scratch = memory.Zero<float>(1, checked((int)Attention.BackwardScratch(shape)));
            return (() => op.Backward(qkvGradient, outputGradient, output, logSumExp, qkv, scratch, shape), op);
        });
    }
}

using System.Runtime.CompilerServices;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>Calls over a batch's tokens: what a layer and the output head are made of.</summary>
/// <typeparam name="T">Elements of the residual branches.</typeparam>
internal sealed class LayerCases<T>(OpMemory memory, LlamaConfig model, int batch, int length)
    where T : unmanaged
{
    private readonly int tokens = batch * length;
    private readonly AttentionShape shape = new(batch, length, model.Heads, model.KeyValueHeads, model.HeadSize);

    /// <summary>Tokens that the output head takes at once.</summary>
    private readonly int chunk = typeof(T) == typeof(BFloat16)
        ? OutputHead.TensorCoreChunkTokens(batch * length, model.Vocabulary)
        : OutputHead.ChunkTokens(batch * length, model.Vocabulary);

    public IReadOnlyList<OpCase> Of(string op) => op switch
    {
        "matmul" => Matmul(),
        "attention" => Attention(),
        "rmsnorm" => RmsNorm(),
        "rope" => Rope(),
        "swiglu" => SwiGlu(),
        "crossentropy" => CrossEntropy(),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "There is no such op."),
    };

    private List<OpCase> Matmul() =>
    [
        .. Linear("qkv", tokens, model.QkvColumns, model.Hidden),
        .. Linear("attention output", tokens, model.Hidden, model.Hidden),
        .. Linear("gate and up", tokens, 2 * model.Mlp, model.Hidden),
        .. Linear("down", tokens, model.Hidden, model.Mlp),
        .. Linear("head", chunk, model.Vocabulary, model.Hidden),
    ];

    /// <summary>One linear map's three products: forward, gradient of the input, gradient of the weights.</summary>
    private OpCase[] Linear(string name, int rows, int outputs, int inputs)
    {
        var matmul = Kernels.Matmul.Create<T>(memory.Device);
        Tensor<T> x = memory.Random<T>(rows, inputs);
        Tensor<T> y = memory.Random<T>(rows, outputs);
        Tensor<T> weights = memory.Random<T>(outputs, inputs);
        Tensor<float> gradient = memory.Zero<float>(outputs, inputs);
        double flops = new MatmulShape(rows, outputs, inputs).Flops;
        double factors = BytesOf<T>(x.Length + y.Length);
        return
        [
            new("matmul", $"{name} forward {rows} x {outputs} x {inputs}", flops, factors + BytesOf<T>(weights.Length), () => matmul.MultiplyRounded(y, x, weights, MatmulLayout.NT)),
            new("matmul", $"{name} input gradient {rows} x {inputs} x {outputs}", flops, factors + BytesOf<T>(weights.Length), () => matmul.MultiplyRounded(x, y, weights, MatmulLayout.NN)),
            new("matmul", $"{name} weight gradient {outputs} x {inputs} x {rows}", flops, factors + BytesOf<float>(gradient.Length), () => matmul.Multiply(gradient, y, x, MatmulLayout.TN)),
        ];
    }

    /// <summary>Causal operations alone, two products forward and five backward, whatever the kernel computes again.</summary>
    private OpCase[] Attention()
    {
        var attention = Kernels.Attention.Create<T>(memory.Device);
        Tensor<T> qkv = memory.Random<T>(tokens, shape.QkvColumns);
        Tensor<T> qkvGradient = memory.Zero<T>(tokens, shape.QkvColumns);
        Tensor<T> output = memory.Zero<T>(tokens, shape.OutputColumns);
        Tensor<T> outputGradient = memory.Random<T>(tokens, shape.OutputColumns);
        Tensor<float> logSumExp = memory.Zero<float>(batch * shape.Heads, length);
        Tensor<float> scratch = memory.Zero<float>(1, checked((int)Kernels.Attention.BackwardScratch(shape)));
        double product = (double)tokens * (length + 1) * shape.OutputColumns;
        double kept = BytesOf<T>(qkv.Length + output.Length) + BytesOf<float>(logSumExp.Length);
        return
        [
            new("attention", $"forward {Extents}", 2 * product, kept, () => attention.Forward(output, logSumExp, qkv, shape)),
            new(
                "attention",
                $"backward {Extents}",
                5 * product,
                kept + BytesOf<T>(qkv.Length + output.Length),
                () => attention.Backward(qkvGradient, outputGradient, output, logSumExp, qkv, scratch, shape)),
        ];
    }

    private OpCase[] RmsNorm()
    {
        var norm = Kernels.RmsNorm.Create<T>(memory.Device);
        Tensor<float> input = memory.Random<float>(tokens, model.Hidden);
        Tensor<float> inputGradient = memory.Random<float>(tokens, model.Hidden);
        Tensor<T> output = memory.Random<T>(tokens, model.Hidden);
        Tensor<float> inverse = memory.Zero<float>(1, tokens);
        Tensor<float> gain = memory.Random<float>(1, model.Hidden);
        Tensor<float> gainGradient = memory.Zero<float>(1, model.Hidden);
        Tensor<float> scratch = memory.Zero<float>(1, checked((int)Kernels.RmsNorm.BackwardScratch(tokens, model.Hidden)));
        Tensor<T>? rounded = typeof(T) == typeof(float) ? null : memory.Zero<T>(tokens, model.Hidden);
        double branch = BytesOf<T>(output.Length);
        double stream = BytesOf<float>(input.Length);
        return
        [
            new("rmsnorm", $"forward {input}", 0, branch + stream, () => norm.Forward(output, inverse, input, gain, (float)model.NormEpsilon)),
            new(
                "rmsnorm",
                $"backward {input}",
                0,
                branch + (3 * stream) + (rounded is null ? 0 : branch),
                () => norm.Backward(inputGradient, gainGradient, output, input, inverse, gain, inputGradient, scratch, accumulate: false, rounded)),
        ];
    }

    private OpCase[] Rope()
    {
        var rope = Kernels.Rope.Create<T>(memory.Device);
        RopeTable table = memory.Own(new RopeTable(memory.Device, length, model.HeadSize, model.RopeTheta));
        Tensor<T> qkv = memory.Random<T>(tokens, shape.QkvColumns);
        double bytes = 2 * BytesOf<T>((long)tokens * (shape.OutputColumns + shape.KeyValueColumns));
        return
        [
            new("rope", $"forward {Extents}", 0, bytes, () => rope.Forward(qkv, table, shape)),
            new("rope", $"backward {Extents}", 0, bytes, () => rope.Backward(qkv, table, shape)),
        ];
    }

    private OpCase[] SwiGlu()
    {
        var swiGlu = Kernels.SwiGlu.Create<T>(memory.Device);
        Tensor<T> gateUp = memory.Random<T>(tokens, 2 * model.Mlp);
        Tensor<T> gateUpGradient = memory.Zero<T>(tokens, 2 * model.Mlp);
        Tensor<T> output = memory.Random<T>(tokens, model.Mlp);
        return
        [
            new("swiglu", $"forward {output}", 0, BytesOf<T>(gateUp.Length + output.Length), () => swiGlu.Forward(output, gateUp)),
            new("swiglu", $"backward {output}", 0, BytesOf<T>((2 * gateUp.Length) + output.Length), () => swiGlu.Backward(gateUpGradient, output, gateUp)),
        ];
    }

    private OpCase[] CrossEntropy()
    {
        var crossEntropy = Kernels.CrossEntropy.Create<T>(memory.Device);
        Tensor<float> logits = memory.Random<float>(chunk, model.Vocabulary);
        Tensor<T> gradient = memory.Zero<T>(chunk, model.Vocabulary);
        Tensor<float> losses = memory.Zero<float>(1, chunk);
        Tensor<int> targets = memory.Ids(chunk, model.Vocabulary);
        return
        [
            new("crossentropy", $"forward {logits}", 0, BytesOf<float>(logits.Length), () => crossEntropy.Forward(losses, logits, targets)),
            new(
                "crossentropy",
                $"forward and backward {logits}",
                0,
                BytesOf<float>(logits.Length) + BytesOf<T>(gradient.Length),
                () => crossEntropy.ForwardBackward(losses, gradient, logits, targets, 1f / tokens)),
        ];
    }

    private string Extents => $"{batch} x {length}, {shape.Heads}/{shape.KeyValueHeads} x {shape.HeadSize}";

    private static double BytesOf<TElement>(long count) => (double)count * Unsafe.SizeOf<TElement>();
}

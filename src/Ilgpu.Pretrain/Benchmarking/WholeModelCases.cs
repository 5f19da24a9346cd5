using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>Calls over all parameters, or over the whole table of embeddings.</summary>
internal static class WholeModelCases
{
    /// <summary>Beyond every cache; a larger model's parameters would only take memory.</summary>
    private const int MostParameters = 1 << 25;

    private const double BytesOfFloat = sizeof(float);

    public static OpCase[] GradientNorm(OpMemory memory, LlamaConfig model)
    {
        int count = CountOf(model);
        var norm = Kernels.GradientNorm.Create(memory.Device);
        Tensor<float> result = memory.Zero<float>(1, 2);
        Tensor<float> gradients = memory.Random<float>(1, count);
        Tensor<double> scratch = memory.Zero<double>(1, Kernels.GradientNorm.Scratch(count));
        return [new("gradientnorm", $"{count:N0} gradients", 0, BytesOfFloat * count, () => norm.Compute(result, gradients.View, 1, scratch))];
    }

    public static OpCase[] AdamW(OpMemory memory, LlamaConfig model, ComputePrecision precision)
    {
        const double BytesAParameter = 7 * BytesOfFloat;
        const double BytesRounded = 2;
        int count = CountOf(model);
        var adamW = Kernels.AdamW.Create(memory.Device);
        Tensor<float> parameters = memory.Random<float>(1, count);
        Tensor<float> gradients = memory.Random<float>(1, count);
        Tensor<float> firstMoment = memory.Zero<float>(1, count);
        Tensor<float> secondMoment = memory.Zero<float>(1, count);
        Tensor<float> norm = memory.Zero<float>(1, 2);
        norm.CopyFrom([1, 1]);
        Tensor<BFloat16>? rounded = precision == ComputePrecision.Bf16 ? memory.Zero<BFloat16>(1, count) : null;
        var step = new AdamWStep(1e-3, .1, .9, .95, 1e-8, 10);
        return
        [
            new(
                "adamw",
                $"{count:N0} parameters",
                0,
                (BytesAParameter + (rounded is null ? 0 : BytesRounded)) * count,
                () => adamW.Step(parameters.View, gradients.View, firstMoment.View, secondMoment.View, count / 2, norm, step, rounded?.View ?? default)),
        ];
    }

    public static OpCase[] Embedding(OpMemory memory, LlamaConfig model, int tokens)
    {
        var embedding = Kernels.Embedding.Create(memory.Device);
        Tensor<float> table = memory.Random<float>(model.Vocabulary, model.Hidden);
        Tensor<float> rows = memory.Random<float>(tokens, model.Hidden);
        Tensor<int> ids = memory.Ids(tokens, model.Vocabulary);
        return
        [
            new("embedding", $"forward {rows}", 0, 2 * BytesOfFloat * rows.Length, () => embedding.Forward(rows, ids, table)),
            new("embedding", $"backward {rows} into {table}", 0, BytesOfFloat * (rows.Length + table.Length), () => embedding.Backward(table, rows, ids, accumulate: false)),
        ];
    }

    private static int CountOf(LlamaConfig model) => (int)Math.Min(model.ParameterCount, MostParameters);
}

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What one rung of attention computes in bf16 from given inputs, with poisoned outputs.</summary>
internal static class AttentionBFloat16Run
{
    /// <summary>Numbers that bf16 holds exactly, so that the reference sees the same inputs.</summary>
    public static float[] Round(float[] values) => Array.ConvertAll(values, value => BFloat16.FromSingle(value).ToSingle());

    public static (float[] Output, float[] LogSumExp) Forward(Device device, Rung rung, float[] qkv, AttentionShape shape)
    {
        (float[] output, float[] logSumExp, _) = Both(device, rung, null, qkv, shape);
        return (output, logSumExp);
    }

    /// <summary>The forward pass, and the backward pass of what it left.</summary>
    public static (float[] Output, float[] LogSumExp, float[] Gradient) Both(Device device, Rung rung, float[]? outputGradient, float[] qkv, AttentionShape shape)
    {
        using var memory = new TestMemory(device);
        var attention = Attention.Create<BFloat16>(device, rung);
        Tensor<BFloat16> input = Input(memory, qkv, shape.Tokens, shape.QkvColumns);
        Tensor<BFloat16> output = Poisoned(memory, shape.Tokens, shape.OutputColumns);
        Tensor<float> logSumExp = memory.Poisoned(shape.Batch * shape.Heads, shape.Length);
        attention.Forward(output, logSumExp, input, shape);
        if (outputGradient is null)
            return (ToSingles(output), logSumExp.ToArray(), []);
        Tensor<BFloat16> gradient = Poisoned(memory, shape.Tokens, shape.QkvColumns);
        Tensor<float> scratch = memory.Poisoned(1, (int)Attention.BackwardScratch(shape));
        attention.Backward(gradient, Input(memory, outputGradient, shape.Tokens, shape.OutputColumns), output, logSumExp, input, scratch, shape);
        return (ToSingles(output), logSumExp.ToArray(), ToSingles(gradient));
    }

    private static Tensor<BFloat16> Input(TestMemory memory, float[] values, int rows, int columns) =>
        memory.Input(Array.ConvertAll(values, BFloat16.FromSingle), rows, columns);

    private static Tensor<BFloat16> Poisoned(TestMemory memory, int rows, int columns)
    {
        var poison = new float[rows * columns];
        Array.Fill(poison, float.NaN);
        return Input(memory, poison, rows, columns);
    }

    private static float[] ToSingles(Tensor<BFloat16> tensor) => Array.ConvertAll(tensor.ToArray(), value => value.ToSingle());
}

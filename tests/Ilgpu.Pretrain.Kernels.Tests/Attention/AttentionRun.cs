namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What one rung of attention computes from given inputs, with poisoned outputs.</summary>
internal static class AttentionRun
{
    public static (float[] Output, float[] LogSumExp) Forward(Device device, Rung rung, float[] qkv, AttentionShape shape)
    {
        using var memory = new TestMemory(device);
        Tensor<float> output = memory.Poisoned(shape.Tokens, shape.OutputColumns);
        Tensor<float> logSumExp = memory.Poisoned(shape.Batch * shape.Heads, shape.Length);
        Attention.Create<float>(device, rung).Forward(output, logSumExp, memory.Input(qkv, shape.Tokens, shape.QkvColumns), shape);
        return (output.ToArray(), logSumExp.ToArray());
    }

    public static float[] Backward(Device device, Rung rung, float[] outputGradient, float[] qkv, AttentionShape shape)
    {
        using var memory = new TestMemory(device);
        var attention = Attention.Create<float>(device, rung);
        Tensor<float> input = memory.Input(qkv, shape.Tokens, shape.QkvColumns);
        Tensor<float> output = memory.Poisoned(shape.Tokens, shape.OutputColumns);
        Tensor<float> logSumExp = memory.Poisoned(shape.Batch * shape.Heads, shape.Length);
        attention.Forward(output, logSumExp, input, shape);
        Tensor<float> qkvGradient = memory.Poisoned(shape.Tokens, shape.QkvColumns);
        Tensor<float> scratch = memory.Poisoned(1, (int)Attention.BackwardScratch(shape));
        Tensor<float> gradient = memory.Input(outputGradient, shape.Tokens, shape.OutputColumns);
        attention.Backward(qkvGradient, gradient, output, logSumExp, input, scratch, shape);
        return qkvGradient.ToArray();
    }

    /// <summary>Both passes on tensors that begin <paramref name="first"/> elements into their buffers.</summary>
    public static (float[] Output, float[] Gradient) BothFrom(int first, Device device, Rung rung, float[] outputGradient, float[] qkv, AttentionShape shape)
    {
        using var memory = new TestMemory(device);
        var attention = Attention.Create<float>(device, rung);
        Tensor<float> From(int rows, int columns, float[]? values)
        {
            Tensor<float> tensor = memory.Poisoned(1, (rows * columns) + first).Stretch(first, rows * columns).Reshape(rows, columns);
            if (values is not null)
                tensor.CopyFrom(values);
            return tensor;
        }

        Tensor<float> input = From(shape.Tokens, shape.QkvColumns, qkv);
        Tensor<float> output = From(shape.Tokens, shape.OutputColumns, null);
        Tensor<float> logSumExp = From(shape.Batch * shape.Heads, shape.Length, null);
        Tensor<float> gradient = From(shape.Tokens, shape.QkvColumns, null);
        attention.Forward(output, logSumExp, input, shape);
        attention.Backward(
            gradient,
            From(shape.Tokens, shape.OutputColumns, outputGradient),
            output,
            logSumExp,
            input,
            From(1, (int)Attention.BackwardScratch(shape), null),
            shape);
        return (output.ToArray(), gradient.ToArray());
    }
}

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
}

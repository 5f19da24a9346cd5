namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>SwiGLU in fp64, written from the formula.</summary>
internal static class SwiGluReference
{
    public static double[] Forward(double[] gateUp, int width)
    {
        var output = new double[gateUp.Length / 2];
        for (int i = 0; i < output.Length; i++)
        {
            (double gate, double up) = At(gateUp, width, i);
            output[i] = gate / (1 + Math.Exp(-gate)) * up;
        }

        return output;
    }

    public static double[] Backward(double[] dy, double[] gateUp, int width)
    {
        var gradient = new double[gateUp.Length];
        for (int i = 0; i < dy.Length; i++)
        {
            (double gate, double up) = At(gateUp, width, i);
            double e = Math.Exp(-gate);
            int index = (i / width * 2 * width) + (i % width);
            gradient[index] = dy[i] * up * (1 + e + (gate * e)) / ((1 + e) * (1 + e));
            gradient[index + width] = dy[i] * gate / (1 + e);
        }

        return gradient;
    }

    private static (double Gate, double Up) At(double[] gateUp, int width, int i)
    {
        int index = (i / width * 2 * width) + (i % width);
        return (gateUp[index], gateUp[index + width]);
    }
}

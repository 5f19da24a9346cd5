namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>RoPE in fp64, written from the formula; the angles are rounded to fp32 sines and cosines by the ops alone.</summary>
internal static class RopeReference
{
    public static double[] Forward(double[] qkv, AttentionShape shape, double theta, int firstPosition) =>
        Turn(qkv, shape, theta, firstPosition, 1);

    public static double[] Backward(double[] gradient, AttentionShape shape, double theta, int firstPosition) =>
        Turn(gradient, shape, theta, firstPosition, -1);

    private static double[] Turn(double[] qkv, AttentionShape shape, double theta, int firstPosition, int direction)
    {
        double[] turned = [.. qkv];
        int half = shape.HeadSize / 2;
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            for (int t = 0; t < shape.Length; t++)
            {
                for (int head = 0; head < shape.Heads + shape.KeyValueHeads; head++)
                {
                    for (int i = 0; i < half; i++)
                    {
                        double angle = direction * (firstPosition + t) * Math.Pow(theta, -2.0 * i / shape.HeadSize);
                        int a = (((sequence * shape.Length) + t) * shape.QkvColumns) + (head * shape.HeadSize) + i;
                        int b = a + half;
                        turned[a] = (qkv[a] * Math.Cos(angle)) - (qkv[b] * Math.Sin(angle));
                        turned[b] = (qkv[b] * Math.Cos(angle)) + (qkv[a] * Math.Sin(angle));
                    }
                }
            }
        }

        return turned;
    }
}

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Embedding in fp64, written from the definition.</summary>
internal static class EmbeddingReference
{
    public static double[] Forward(int[] ids, double[] table, int width) =>
        [.. ids.SelectMany(id => table.Skip(id * width).Take(width))];

    public static double[] Backward(double[] dy, int[] ids, double[] before, int width)
    {
        double[] gradient = [.. before];
        for (int i = 0; i < dy.Length; i++)
            gradient[(ids[i / width] * width) + (i % width)] += dy[i];
        return gradient;
    }
}

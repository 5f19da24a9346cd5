namespace Ilgpu.Pretrain.Kernels.Tests;

internal static class Widen
{
    /// <summary>fp32 inputs as the fp64 reference sees them.</summary>
    public static double[] ToDoubles(this float[] values) => Array.ConvertAll(values, value => (double)value);
}

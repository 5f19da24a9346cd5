namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Cosines and sines of rotary position embedding (arXiv 2104.09864): position p turns pair i by the angle
/// p theta^(-2i / headSize). Computed once in double precision.
/// </summary>
public sealed class RopeTable : IDisposable
{
    private readonly Slab<float> slab;

    /// <param name="device">Where the tables lie.</param>
    /// <param name="positions">Positions 0 to positions - 1.</param>
    /// <param name="headSize">Features a head; even.</param>
    /// <param name="theta">The base of the frequencies; 10000 in the paper's models.</param>
    public RopeTable(Device device, int positions, int headSize, double theta)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positions);
        ArgumentOutOfRangeException.ThrowIfNotEqual(headSize % 2, 0);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        int pairs = headSize / 2;
        var layout = new SlabLayout();
        SlabEntry cosines = layout.Reserve("cosines", positions, pairs);
        SlabEntry sines = layout.Reserve("sines", positions, pairs);
        slab = new Slab<float>(device, layout);
        Cosines = slab[cosines];
        Sines = slab[sines];
        var cosineValues = new float[positions * pairs];
        var sineValues = new float[positions * pairs];
        for (int position = 0; position < positions; position++)
        {
            for (int pair = 0; pair < pairs; pair++)
            {
                double angle = position * Math.Pow(theta, -2.0 * pair / headSize);
                cosineValues[(position * pairs) + pair] = (float)Math.Cos(angle);
                sineValues[(position * pairs) + pair] = (float)Math.Sin(angle);
            }
        }

        Cosines.CopyFrom(cosineValues);
        Sines.CopyFrom(sineValues);
    }

    /// <summary>positions x (headSize / 2).</summary>
    public Tensor<float> Cosines { get; }

    /// <summary>positions x (headSize / 2).</summary>
    public Tensor<float> Sines { get; }

    /// <summary>Bytes that a table of this size takes.</summary>
    public static long Bytes(int positions, int headSize) => 2L * positions * (headSize / 2) * sizeof(float);

    public void Dispose() => slab.Dispose();
}

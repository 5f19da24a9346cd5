using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The global L2 norm of all gradients and the factor that clips it. Squares are summed in double precision in blocks of
/// <see cref="BlockLength"/> elements, then block by block: an order that the length alone decides.
/// </summary>
public abstract class GradientNorm
{
    public const int BlockLength = 16384;

    public static GradientNorm Create(Device device, Rung? rung = null) =>
        Ladder.Create<GradientNorm>(
            nameof(GradientNorm),
            device,
            rung,
            (Rung.Naive, device => new GradientNormNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, GradientNorm>>(
                device => new GradientNormCpu<Doubles512>(device),
                device => new GradientNormCpu<Doubles256>(device),
                device => new GradientNormCpu<Doubles128>(device))),
            (Rung.Gpu, device => new GradientNormGpu(device)));

    /// <summary>Elements of scratch memory (doubles) that <see cref="Compute"/> needs.</summary>
    public static int Scratch(long length) => checked((int)((length + BlockLength - 1) / BlockLength));

    /// <summary>result[0] = |gradients|; result[1] = the clip factor: maximum / norm where the norm exceeds the maximum, else 1.</summary>
    /// <remarks>A norm that is not finite (in fp32) makes the factor NaN: the step that takes it must fail, not carry on with gradients scaled to 0.</remarks>
    /// <param name="result">1 x 2; overwritten.</param>
    /// <param name="gradients">All gradients.</param>
    /// <param name="maximum">The norm to clip to; infinity for none.</param>
    /// <param name="scratch">1 x at least <see cref="Scratch"/>.</param>
    public void Compute(in Tensor<float> result, ArrayView<float> gradients, float maximum, in Tensor<double> scratch)
    {
        Shape.Require(result, 1, 2);
        Shape.RequireScratch(scratch, Scratch(gradients.Length));
        if (!(maximum > 0))
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum, "The norm to clip to is positive.");
        Launch(result, gradients, maximum, scratch);
    }

    /// <summary>The sums of the blocks, added in order, turned into norm and factor.</summary>
    private protected static void Finish(ArrayView<float> result, ArrayView<double> sums, int blocks, float maximum)
    {
        double sum = 0;
        for (int block = 0; block < blocks; block++)
            sum += sums[block];
        Finish(result, sum, maximum);
    }

    /// <summary>The sum of all squares, turned into norm and factor.</summary>
    private protected static void Finish(ArrayView<float> result, double sum, float maximum)
    {
        double norm = XMath.Sqrt(sum);
        float rounded = (float)norm;
        result[0] = rounded;
        if (!(rounded < float.PositiveInfinity))
            result[1] = float.NaN;
        else
            result[1] = norm > maximum ? (float)(maximum / norm) : 1;
    }

    private protected abstract void Launch(
        in Tensor<float> result,
        ArrayView<float> gradients,
        float maximum,
        in Tensor<double> scratch);
}

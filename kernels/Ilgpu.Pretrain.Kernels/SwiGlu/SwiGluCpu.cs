using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of rows in SIMD; the sigmoid is recomputed backward rather than kept.</summary>
internal sealed unsafe class SwiGluCpu : SwiGlu<float>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int> backward;

    public SwiGluCpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int>(ForwardKernel));
        backward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(BackwardKernel));
    }

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<float> gateUp)
    {
        int tiles = Tiling.Count(output.Rows, Tiling.RowsPerTile(output.Columns));
        forward(new KernelConfig(tiles, 1), output.View, gateUp.View, output.Columns);
    }

    private protected override void LaunchBackward(
        in Tensor<float> gateUpGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> gateUp)
    {
        int tiles = Tiling.Count(outputGradient.Rows, Tiling.RowsPerTile(outputGradient.Columns));
        backward(new KernelConfig(tiles, 1), gateUpGradient.View, outputGradient.View, gateUp.View, outputGradient.Columns);
    }

    private static void ForwardKernel(ArrayView<float> output, ArrayView<float> gateUp, int width) =>
        ForwardTile(Grid.IdxX, output, gateUp, width);

    private static void BackwardKernel(ArrayView<float> gateUpGradient, ArrayView<float> outputGradient, ArrayView<float> gateUp, int width) =>
        BackwardTile(Grid.IdxX, gateUpGradient, outputGradient, gateUp, width);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardTile(int tile, ArrayView<float> output, ArrayView<float> gateUp, int width)
    {
        int perTile = Tiling.RowsPerTile(width);
        long first = (long)tile * perTile;
        long last = Math.Min(first + perTile, output.Length / width);
        for (long row = first; row < last; row++)
        {
            float* y = output.Pointer() + (row * width);
            float* gate = gateUp.Pointer() + (row * 2 * width);
            float* up = gate + width;
            int column = 0;
            for (; column <= width - 16; column += 16)
            {
                Vector512<float> gates = Vector512.Load(gate + column);
                Vector512.Store(gates * Sigmoid(gates) * Vector512.Load(up + column), y + column);
            }

            int rest = width - column;
            if (rest > 0)
            {
                Vector512<float> gates = VectorTail.Load(gate + column, rest, 0);
                VectorTail.Store(gates * Sigmoid(gates) * VectorTail.Load(up + column, rest, 0), y + column, rest);
            }
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardTile(int tile, ArrayView<float> gateUpGradient, ArrayView<float> outputGradient, ArrayView<float> gateUp, int width)
    {
        int perTile = Tiling.RowsPerTile(width);
        long first = (long)tile * perTile;
        long last = Math.Min(first + perTile, outputGradient.Length / width);
        for (long row = first; row < last; row++)
        {
            float* dy = outputGradient.Pointer() + (row * width);
            float* gate = gateUp.Pointer() + (row * 2 * width);
            float* up = gate + width;
            float* gateGradient = gateUpGradient.Pointer() + (row * 2 * width);
            float* upGradient = gateGradient + width;
            int column = 0;
            for (; column <= width - 16; column += 16)
            {
                Vector512<float> dys = Vector512.Load(dy + column);
                (Vector512<float> silu, Vector512<float> slope) = SiluAndSlope(Vector512.Load(gate + column));
                Vector512.Store(dys * Vector512.Load(up + column) * slope, gateGradient + column);
                Vector512.Store(dys * silu, upGradient + column);
            }

            int rest = width - column;
            if (rest > 0)
            {
                Vector512<float> dys = VectorTail.Load(dy + column, rest, 0);
                (Vector512<float> silu, Vector512<float> slope) = SiluAndSlope(VectorTail.Load(gate + column, rest, 0));
                VectorTail.Store(dys * VectorTail.Load(up + column, rest, 0) * slope, gateGradient + column, rest);
                VectorTail.Store(dys * silu, upGradient + column, rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + VectorMath.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Silu, Vector512<float> Slope) SiluAndSlope(Vector512<float> x)
    {
        Vector512<float> sigmoid = Sigmoid(x);
        return (x * sigmoid, sigmoid * (Vector512<float>.One + (x * (Vector512<float>.One - sigmoid))));
    }
}

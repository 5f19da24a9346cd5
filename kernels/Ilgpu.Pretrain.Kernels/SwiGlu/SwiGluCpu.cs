using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of rows in SIMD; the sigmoid is recomputed backward rather than kept.</summary>
internal sealed unsafe class SwiGluCpu<TFloats> : SwiGlu<float>
    where TFloats : unmanaged, IFloats<TFloats>
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
                TFloats gates = TFloats.Load(gate + column);
                TFloats.Store(gates * Sigmoid(gates) * TFloats.Load(up + column), y + column);
            }

            int rest = width - column;
            if (rest > 0)
            {
                TFloats gates = VectorTail.Load<TFloats>(gate + column, rest, 0);
                VectorTail.Store(gates * Sigmoid(gates) * VectorTail.Load<TFloats>(up + column, rest, 0), y + column, rest);
            }
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
                TFloats dys = TFloats.Load(dy + column);
                (TFloats silu, TFloats slope) = SiluAndSlope(TFloats.Load(gate + column));
                TFloats.Store(dys * TFloats.Load(up + column) * slope, gateGradient + column);
                TFloats.Store(dys * silu, upGradient + column);
            }

            int rest = width - column;
            if (rest > 0)
            {
                TFloats dys = VectorTail.Load<TFloats>(dy + column, rest, 0);
                (TFloats silu, TFloats slope) = SiluAndSlope(VectorTail.Load<TFloats>(gate + column, rest, 0));
                VectorTail.Store(dys * VectorTail.Load<TFloats>(up + column, rest, 0) * slope, gateGradient + column, rest);
                VectorTail.Store(dys * silu, upGradient + column, rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Sigmoid(TFloats x) =>
        TFloats.Create(1) / (TFloats.Create(1) + VectorMath.Exp(TFloats.Zero - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TFloats Silu, TFloats Slope) SiluAndSlope(TFloats x)
    {
        TFloats sigmoid = Sigmoid(x);
        return (x * sigmoid, sigmoid * (TFloats.Create(1) + (x * (TFloats.Create(1) - sigmoid))));
    }
}

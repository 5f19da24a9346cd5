using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread four elements of the output: gates, ups and results are one access each, where Naive has four. The sigmoid is
/// recomputed backward rather than kept.
/// </summary>
/// <remarks>
/// With s bytes an element: forward 3 s bytes moved an output element (gate, up, output), backward 5 s (gate, up, dy, both
/// gradients), and about 8 and 14 FLOPs with an exponential and a division. Floor: tokens * width * 3 s, or 5 s, over the
/// memory's bandwidth; for bf16 and 8192 tokens of width 2816 at 3.35 TB/s 41 and 69 us.
/// </remarks>
internal sealed class SwiGluGpu<T, TStorage> : SwiGlu<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<T>, int, int> forward;
    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<T>, ArrayView<T>, int, int> backward;

    public SwiGluGpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<T>, int, int>(ForwardKernel));
        backward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<T>, ArrayView<T>, int, int>(BackwardKernel));
    }

    private protected override void LaunchForward(in Tensor<T> output, in Tensor<T> gateUp)
    {
        bool wide = Quads.Fit(output) && Quads.StartFits(gateUp.View);
        forward(Quads.Launch(Items(output)), output.View, gateUp.View, output.Columns, wide ? 1 : 0);
    }

    private protected override void LaunchBackward(
        in Tensor<T> gateUpGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> gateUp)
    {
        bool wide = Quads.Fit(outputGradient) && Quads.StartFits(gateUp.View) && Quads.StartFits(gateUpGradient.View);
        backward(Quads.Launch(Items(outputGradient)), gateUpGradient.View, outputGradient.View, gateUp.View, outputGradient.Columns, wide ? 1 : 0);
    }

    private static int Items(in Tensor<T> output) => checked(output.Rows * Quads.PerRow(output.Columns));

    private static void ForwardKernel(ArrayView<T> output, ArrayView<T> gateUp, int width, int wide)
    {
        int perRow = (width + 3) / 4;
        int item = (Grid.IdxX * Group.DimX) + Group.IdxX;
        long row = item / perRow;
        int column = item % perRow * 4;
        long target = (row * width) + column;
        if (target >= output.Length)
            return;
        long gate = (row * 2 * width) + column;
        if (wide != 0)
        {
            Float4 gates = TStorage.Load4(gateUp, gate >> 2);
            Float4 ups = TStorage.Load4(gateUp, (gate + width) >> 2);
            TStorage.Store4(output, target >> 2, new Float4
            {
                X = gates.X * Sigmoid(gates.X) * ups.X,
                Y = gates.Y * Sigmoid(gates.Y) * ups.Y,
                Z = gates.Z * Sigmoid(gates.Z) * ups.Z,
                W = gates.W * Sigmoid(gates.W) * ups.W,
            });
            return;
        }

        int left = width - column;
        for (int i = 0; i < 4 && i < left; i++)
        {
            float x = TStorage.ToSingle(gateUp[gate + i]);
            output[target + i] = TStorage.FromSingle(x * Sigmoid(x) * TStorage.ToSingle(gateUp[gate + width + i]));
        }
    }

    private static void BackwardKernel(ArrayView<T> gateUpGradient, ArrayView<T> outputGradient, ArrayView<T> gateUp, int width, int wide)
    {
        int perRow = (width + 3) / 4;
        int item = (Grid.IdxX * Group.DimX) + Group.IdxX;
        long row = item / perRow;
        int column = item % perRow * 4;
        long source = (row * width) + column;
        if (source >= outputGradient.Length)
            return;
        long gate = (row * 2 * width) + column;
        if (wide != 0)
        {
            Float4 dy = TStorage.Load4(outputGradient, source >> 2);
            Float4 gates = TStorage.Load4(gateUp, gate >> 2);
            Float4 ups = TStorage.Load4(gateUp, (gate + width) >> 2);
            var sigmoids = new Float4 { X = Sigmoid(gates.X), Y = Sigmoid(gates.Y), Z = Sigmoid(gates.Z), W = Sigmoid(gates.W) };
            TStorage.Store4(gateUpGradient, gate >> 2, new Float4
            {
                X = dy.X * ups.X * Slope(gates.X, sigmoids.X),
                Y = dy.Y * ups.Y * Slope(gates.Y, sigmoids.Y),
                Z = dy.Z * ups.Z * Slope(gates.Z, sigmoids.Z),
                W = dy.W * ups.W * Slope(gates.W, sigmoids.W),
            });
            TStorage.Store4(gateUpGradient, (gate + width) >> 2, new Float4
            {
                X = dy.X * gates.X * sigmoids.X,
                Y = dy.Y * gates.Y * sigmoids.Y,
                Z = dy.Z * gates.Z * sigmoids.Z,
                W = dy.W * gates.W * sigmoids.W,
            });
            return;
        }

        int left = width - column;
        for (int i = 0; i < 4 && i < left; i++)
        {
            float dy = TStorage.ToSingle(outputGradient[source + i]);
            float x = TStorage.ToSingle(gateUp[gate + i]);
            float up = TStorage.ToSingle(gateUp[gate + width + i]);
            float sigmoid = Sigmoid(x);
            gateUpGradient[gate + i] = TStorage.FromSingle(dy * up * Slope(x, sigmoid));
            gateUpGradient[gate + width + i] = TStorage.FromSingle(dy * x * sigmoid);
        }
    }

    private static float Sigmoid(float x) => Approximate.Reciprocal(1 + XMath.Exp(-x));

    /// <summary>silu'(x).</summary>
    private static float Slope(float x, float sigmoid) => sigmoid * (1 + (x * (1 - sigmoid)));
}

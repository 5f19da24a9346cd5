using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One group of threads a block, four elements a load, all matrices of a group in one launch, where Naive has a launch a matrix
/// and a thread an element.
/// </summary>
/// <remarks>
/// With s bytes an element of the products, an element moves 12 bytes in Accumulate, 8 + s in Normalize, 8 + s in Update (10 + s
/// with the bf16 copy), and 3 s a square matrix's element in Combine. Floor: those over the memory's bandwidth; for 200 M in bf16
/// at 3.35 TB/s 2.0 ms, a tenth of the products' time at 400 TFLOP/s and width 768.
/// </remarks>
internal sealed class MuonGpu<T, TStorage> : Muon<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<KernelConfig, ArrayView<MuonBlock>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double, int> accumulate;
    private readonly Action<KernelConfig, ArrayView<MuonBlock>, ArrayView<double>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double, int> normalize;
    private readonly Action<KernelConfig, ArrayView<MuonGramBlock>, ArrayView<T>, ArrayView<T>, int> combine;
    private readonly Action<KernelConfig, ArrayView<MuonBlock>, ArrayView<float>, ArrayView<T>, double, double, ArrayView<BFloat16>, int> update;

    public MuonGpu(Device device)
    {
        accumulate = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonBlock>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double, int>(AccumulateKernel));
        normalize = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonBlock>, ArrayView<double>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double, int>(NormalizeKernel));
        combine = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonGramBlock>, ArrayView<T>, ArrayView<T>, int>(CombineKernel));
        update = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonBlock>, ArrayView<float>, ArrayView<T>, double, double, ArrayView<BFloat16>, int>(UpdateKernel));
    }

    private protected override void LaunchAccumulate(MuonGroup group, ArrayView<float> momentum, ArrayView<float> gradients, ArrayView<float> norm, double decay)
    {
        bool wide = group.HasQuads && Quads.StartFits(momentum) && Quads.StartFits(gradients);
        accumulate(GroupABlock(group), group.Blocks, group.Sums, momentum, gradients, norm, decay, wide ? 1 : 0);
    }

    private protected override void LaunchNormalize(
        MuonGroup group,
        ArrayView<T> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay)
    {
        bool wide = group.HasQuads && Quads.StartFits(x) && Quads.StartFits(momentum) && Quads.StartFits(gradients);
        normalize(GroupABlock(group), group.Blocks, group.Sums, x, momentum, gradients, norm, decay, wide ? 1 : 0);
    }

    private protected override void LaunchCombine(MuonGroup group, ArrayView<T> squares, ArrayView<T> grams)
    {
        bool wide = Quads.StartFits(squares) && Quads.StartFits(grams);
        var config = new KernelConfig((int)group.GramBlocks.Length, RowQuads.Threads(group.LongestGramBlock));
        combine(config, group.GramBlocks, squares, grams, wide ? 1 : 0);
    }

    private protected override void LaunchUpdate(
        MuonGroup group,
        ArrayView<float> parameters,
        ArrayView<T> x,
        double kept,
        double rate,
        ArrayView<BFloat16> rounded)
    {
        bool wide = group.HasQuads && Quads.StartFits(parameters) && Quads.StartFits(x) && Quads.StartFits(rounded);
        update(GroupABlock(group), group.Blocks, parameters, x, kept, rate, rounded, wide ? 1 : 0);
    }

    private static KernelConfig GroupABlock(MuonGroup group) => new((int)group.Blocks.Length, RowQuads.Threads(group.LongestBlock));

    private static void AccumulateKernel(
        ArrayView<MuonBlock> blocks,
        ArrayView<double> sums,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay,
        int wide)
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(GroupReduce.DoubleScratch);
        MuonBlock block = blocks[Grid.IdxX];
        double clip = norm[1];
        double sum = 0;
        for (int i = 4 * Group.IdxX; i < block.Count; i += RowQuads.Tile)
        {
            long first = block.Start + i;
            if (wide != 0 && i + 4 <= block.Count)
            {
                Float4 g = Fp32Storage.Load4(gradients, first >> 2);
                Float4 m = Fp32Storage.Load4(momentum, first >> 2);
                m = new Float4
                {
                    X = Momentum(m.X, g.X, clip, decay),
                    Y = Momentum(m.Y, g.Y, clip, decay),
                    Z = Momentum(m.Z, g.Z, clip, decay),
                    W = Momentum(m.W, g.W, clip, decay),
                };
                Fp32Storage.Store4(momentum, first >> 2, m);
                sum += Square(m.X, g.X, clip, decay) + Square(m.Y, g.Y, clip, decay)
                    + (Square(m.Z, g.Z, clip, decay) + Square(m.W, g.W, clip, decay));
            }
            else
            {
                for (int j = 0; j < 4 && i + j < block.Count; j++)
                {
                    float m = Momentum(momentum[first + j], gradients[first + j], clip, decay);
                    momentum[first + j] = m;
                    sum += Square(m, gradients[first + j], clip, decay);
                }
            }
        }

        sum = GroupReduce.SumInFirst(sum, scratch);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = sum;
    }

    private static void NormalizeKernel(
        ArrayView<MuonBlock> blocks,
        ArrayView<double> sums,
        ArrayView<T> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay,
        int wide)
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(GroupReduce.DoubleScratch);
        MuonBlock block = blocks[Grid.IdxX];
        double sum = 0;
        for (int other = Group.IdxX; other < block.Blocks; other += Group.DimX)
            sum += sums[block.FirstBlock + other];
        sum = GroupReduce.SumInFirst(sum, scratch);
        if (Group.IdxX == 0)
            scratch[0] = sum > 0 ? 1 / XMath.Sqrt(sum) : 0;
        Group.Barrier();
        double inverse = scratch[0];
        double clip = norm[1];
        for (int i = 4 * Group.IdxX; i < block.Count; i += RowQuads.Tile)
        {
            long first = block.Start + i;
            if (wide != 0 && i + 4 <= block.Count)
            {
                Float4 g = Fp32Storage.Load4(gradients, first >> 2);
                Float4 m = Fp32Storage.Load4(momentum, first >> 2);
                TStorage.Store4(x, first >> 2, new Float4
                {
                    X = (float)(Ahead(m.X, g.X, clip, decay) * inverse),
                    Y = (float)(Ahead(m.Y, g.Y, clip, decay) * inverse),
                    Z = (float)(Ahead(m.Z, g.Z, clip, decay) * inverse),
                    W = (float)(Ahead(m.W, g.W, clip, decay) * inverse),
                });
            }
            else
            {
                for (int j = 0; j < 4 && i + j < block.Count; j++)
                    x[first + j] = TStorage.FromSingle((float)(Ahead(momentum[first + j], gradients[first + j], clip, decay) * inverse));
            }
        }
    }

    private static void CombineKernel(ArrayView<MuonGramBlock> blocks, ArrayView<T> squares, ArrayView<T> grams, int wide)
    {
        MuonGramBlock block = blocks[Grid.IdxX];
        int apart = block.Order + 1;
        for (int i = 4 * Group.IdxX; i < block.Count; i += RowQuads.Tile)
        {
            long first = block.Start + i;
            // How far the next element of the diagonal is from the first of the four.
            int past = (int)((block.Within + i) % apart);
            int next = past == 0 ? 0 : apart - past;
            if (wide != 0 && i + 4 <= block.Count)
            {
                Float4 g = TStorage.Load4(grams, first >> 2);
                Float4 s = TStorage.Load4(squares, first >> 2);
                TStorage.Store4(squares, first >> 2, new Float4
                {
                    X = Polynomial(g.X, s.X, 0, next, apart),
                    Y = Polynomial(g.Y, s.Y, 1, next, apart),
                    Z = Polynomial(g.Z, s.Z, 2, next, apart),
                    W = Polynomial(g.W, s.W, 3, next, apart),
                });
            }
            else
            {
                for (int j = 0; j < 4 && i + j < block.Count; j++)
                    squares[first + j] = TStorage.FromSingle(Polynomial(TStorage.ToSingle(grams[first + j]), TStorage.ToSingle(squares[first + j]), j, next, apart));
            }
        }
    }

    private static void UpdateKernel(
        ArrayView<MuonBlock> blocks,
        ArrayView<float> parameters,
        ArrayView<T> x,
        double kept,
        double rate,
        ArrayView<BFloat16> rounded,
        int wide)
    {
        MuonBlock block = blocks[Grid.IdxX];
        double scaled = rate * block.Scale;
        for (int i = 4 * Group.IdxX; i < block.Count; i += RowQuads.Tile)
        {
            long first = block.Start + i;
            if (wide != 0 && i + 4 <= block.Count)
            {
                Float4 p = Fp32Storage.Load4(parameters, first >> 2);
                Float4 direction = TStorage.Load4(x, first >> 2);
                p = new Float4
                {
                    X = (float)((p.X * kept) - (scaled * direction.X)),
                    Y = (float)((p.Y * kept) - (scaled * direction.Y)),
                    Z = (float)((p.Z * kept) - (scaled * direction.Z)),
                    W = (float)((p.W * kept) - (scaled * direction.W)),
                };
                Fp32Storage.Store4(parameters, first >> 2, p);
                if (rounded.Length != 0)
                    BFloat16Storage.Store4(rounded, first >> 2, p);
            }
            else
            {
                for (int j = 0; j < 4 && i + j < block.Count; j++)
                {
                    float p = (float)((parameters[first + j] * kept) - (scaled * TStorage.ToSingle(x[first + j])));
                    parameters[first + j] = p;
                    if (rounded.Length != 0)
                        rounded[first + j] = BFloat16.FromSingle(p);
                }
            }
        }
    }

    private static float Momentum(float momentum, float gradient, double clip, double decay) => (float)((decay * momentum) + (clip * gradient));

    /// <summary>Nesterov's: the momentum a step ahead, if the gradient stays.</summary>
    private static double Ahead(float momentum, float gradient, double clip, double decay) => (decay * momentum) + (clip * gradient);

    private static double Square(float momentum, float gradient, double clip, double decay)
    {
        double ahead = Ahead(momentum, gradient, clip, decay);
        return ahead * ahead;
    }

    /// <param name="gram">The Gram matrix's element.</param>
    /// <param name="square">Its square's.</param>
    /// <param name="place">Of the element among the thread's four.</param>
    /// <param name="next">Where the diagonal is met next, counted likewise.</param>
    /// <param name="apart">Elements from there to the diagonal's next: fewer than four in matrices of order 1 and 2.</param>
    private static float Polynomial(float gram, float square, int place, int next, int apart)
    {
        bool diagonal = place == next || (place > next && (place - next) % apart == 0);
        return (diagonal ? NewtonSchulz.Linear : 0) + (NewtonSchulz.Cubic * gram) + (NewtonSchulz.Quintic * square);
    }
}

using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>A tile a block, all matrices of a group in one launch.</summary>
internal sealed unsafe class MuonCpu<TFloats, TDoubles> : Muon<float>
    where TFloats : unmanaged, IFloats<TFloats>
    where TDoubles : unmanaged, IDoubles<TDoubles>
{
    private const int Lanes = 16;
    private const int DoubleLanes = 8;

    private readonly Action<KernelConfig, ArrayView<MuonBlock>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double> accumulate;
    private readonly Action<KernelConfig, ArrayView<MuonBlock>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double> normalize;
    private readonly Action<KernelConfig, ArrayView<MuonGramBlock>, ArrayView<float>, ArrayView<float>> combine;
    private readonly Action<KernelConfig, ArrayView<MuonBlock>, ArrayView<float>, ArrayView<float>, double, double> update;

    public MuonCpu(Device device)
    {
        accumulate = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonBlock>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double>(AccumulateKernel));
        normalize = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonBlock>, ArrayView<double>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, double>(NormalizeKernel));
        combine = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonGramBlock>, ArrayView<float>, ArrayView<float>>(CombineKernel));
        update = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<MuonBlock>, ArrayView<float>, ArrayView<float>, double, double>(UpdateKernel));
    }

    private protected override void LaunchAccumulate(MuonGroup group, ArrayView<float> momentum, ArrayView<float> gradients, ArrayView<float> norm, double decay) =>
        accumulate(TileABlock(group), group.Blocks, group.Sums, momentum, gradients, norm, decay);

    private protected override void LaunchNormalize(
        MuonGroup group,
        ArrayView<float> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay) =>
        normalize(TileABlock(group), group.Blocks, group.Sums, x, momentum, gradients, norm, decay);

    private protected override void LaunchCombine(MuonGroup group, ArrayView<float> squares, ArrayView<float> grams) =>
        combine(new KernelConfig((int)group.GramBlocks.Length, 1), group.GramBlocks, squares, grams);

    private protected override void LaunchUpdate(
        MuonGroup group,
        ArrayView<float> parameters,
        ArrayView<float> x,
        double kept,
        double rate,
        ArrayView<BFloat16> rounded)
    {
        if (rounded.Length != 0)
            throw new NotSupportedException("The CPU computes in fp32: it has no use for parameters rounded to bf16.");
        update(TileABlock(group), group.Blocks, parameters, x, kept, rate);
    }

    private static KernelConfig TileABlock(MuonGroup group) => new((int)group.Blocks.Length, 1);

    private static void AccumulateKernel(
        ArrayView<MuonBlock> blocks,
        ArrayView<double> sums,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay) =>
        AccumulateTile(Grid.IdxX, blocks, sums, momentum, gradients, norm, decay);

    private static void NormalizeKernel(
        ArrayView<MuonBlock> blocks,
        ArrayView<double> sums,
        ArrayView<float> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay) =>
        NormalizeTile(Grid.IdxX, blocks, sums, x, momentum, gradients, norm, decay);

    private static void CombineKernel(ArrayView<MuonGramBlock> blocks, ArrayView<float> squares, ArrayView<float> grams) =>
        CombineTile(Grid.IdxX, blocks, squares, grams);

    private static void UpdateKernel(ArrayView<MuonBlock> blocks, ArrayView<float> parameters, ArrayView<float> x, double kept, double rate) =>
        UpdateTile(Grid.IdxX, blocks, parameters, x, kept, rate);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AccumulateTile(
        int tile,
        ArrayView<MuonBlock> blocks,
        ArrayView<double> sums,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay)
    {
        MuonBlock block = blocks.Pointer()[tile];
        float* ms = momentum.Pointer() + block.Start;
        float* gs = gradients.Pointer() + block.Start;
        double clip = norm[1];
        TDoubles clips = TDoubles.Create(clip);
        TDoubles decays = TDoubles.Create(decay);
        TDoubles totals = TDoubles.Create(0);
        int i = 0;
        for (; i <= block.Count - DoubleLanes; i += DoubleLanes)
        {
            TDoubles g = TDoubles.Load(gs + i) * clips;
            TDoubles.Store((decays * TDoubles.Load(ms + i)) + g, ms + i);
            TDoubles u = (decays * TDoubles.Load(ms + i)) + g;
            totals += u * u;
        }

        double sum = TDoubles.Sum(totals);
        for (; i < block.Count; i++)
        {
            ms[i] = (float)((decay * ms[i]) + (clip * gs[i]));
            double u = (decay * ms[i]) + (clip * gs[i]);
            sum += u * u;
        }

        sums.Pointer()[tile] = sum;
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void NormalizeTile(
        int tile,
        ArrayView<MuonBlock> blocks,
        ArrayView<double> sums,
        ArrayView<float> x,
        ArrayView<float> momentum,
        ArrayView<float> gradients,
        ArrayView<float> norm,
        double decay)
    {
        MuonBlock block = blocks.Pointer()[tile];
        double* sumsOfMatrix = sums.Pointer() + block.FirstBlock;
        double sum = 0;
        for (int other = 0; other < block.Blocks; other++)
            sum += sumsOfMatrix[other];
        double inverse = sum > 0 ? 1 / Math.Sqrt(sum) : 0;
        float* xs = x.Pointer() + block.Start;
        float* ms = momentum.Pointer() + block.Start;
        float* gs = gradients.Pointer() + block.Start;
        double clip = norm[1];
        TDoubles clips = TDoubles.Create(clip);
        TDoubles decays = TDoubles.Create(decay);
        TDoubles inverses = TDoubles.Create(inverse);
        int i = 0;
        for (; i <= block.Count - DoubleLanes; i += DoubleLanes)
            TDoubles.Store(((decays * TDoubles.Load(ms + i)) + (clips * TDoubles.Load(gs + i))) * inverses, xs + i);

        for (; i < block.Count; i++)
            xs[i] = (float)(((decay * ms[i]) + (clip * gs[i])) * inverse);
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CombineTile(int tile, ArrayView<MuonGramBlock> blocks, ArrayView<float> squares, ArrayView<float> grams)
    {
        MuonGramBlock block = blocks.Pointer()[tile];
        float* ss = squares.Pointer() + block.Start;
        float* gs = grams.Pointer() + block.Start;
        TFloats cubic = TFloats.Create(NewtonSchulz.Cubic);
        TFloats quintic = TFloats.Create(NewtonSchulz.Quintic);
        int i = 0;
        for (; i <= block.Count - Lanes; i += Lanes)
            TFloats.Store((cubic * TFloats.Load(gs + i)) + (quintic * TFloats.Load(ss + i)), ss + i);
        for (; i < block.Count; i++)
            ss[i] = (NewtonSchulz.Cubic * gs[i]) + (NewtonSchulz.Quintic * ss[i]);
        int apart = block.Order + 1;
        for (int diagonal = (int)((apart - (block.Within % apart)) % apart); diagonal < block.Count; diagonal += apart)
            ss[diagonal] += NewtonSchulz.Linear;
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void UpdateTile(int tile, ArrayView<MuonBlock> blocks, ArrayView<float> parameters, ArrayView<float> x, double kept, double rate)
    {
        MuonBlock block = blocks.Pointer()[tile];
        float* ps = parameters.Pointer() + block.Start;
        float* xs = x.Pointer() + block.Start;
        double scaled = rate * block.Scale;
        TDoubles kepts = TDoubles.Create(kept);
        TDoubles rates = TDoubles.Create(scaled);
        int i = 0;
        for (; i <= block.Count - DoubleLanes; i += DoubleLanes)
            TDoubles.Store((TDoubles.Load(ps + i) * kepts) - (rates * TDoubles.Load(xs + i)), ps + i);

        for (; i < block.Count; i++)
            ps[i] = (float)((ps[i] * kept) - (scaled * xs[i]));
    }
}

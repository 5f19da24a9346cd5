using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Forward one group a row, where Naive has one thread: the row is read once from memory and a second time from cache.
/// Backward one group a block of <see cref="RmsNorm.GainBlockRows"/> rows: a thread keeps to its columns and goes through the
/// rows four at a time, so that one exchange serves four rows and their loads are under way together; it leaves the block's
/// share of the gain's gradient in scratch memory, and a second launch adds up the shares.
/// </summary>
/// <remarks>
/// With s bytes an element of a branch: forward 4 + s bytes moved an element and 4 FLOPs; backward 12 + s (addend, input and
/// gradient in fp32, dy), s more for the rounded gradient, 8 / 32 for the shares, and 13 FLOPs. Floor: rows * columns *
/// bytes over the memory's bandwidth; for bf16 and 8192 x 1024 at 3.35 TB/s 15 and 41 us.
/// </remarks>
internal sealed class RmsNormGpu<T, TStorage> : RmsNorm<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    /// <summary>Columns that a group of the last launch adds up, and into how many strands of blocks; together a group's threads.</summary>
    private const int GainColumns = 32;
    private const int GainStrands = RowQuads.MostThreads / GainColumns;

    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<T>, int, int> backward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, int> sumGain;

    public RmsNormGpu(Device device)
    {
        forward = device.Accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, int>(ForwardKernel);
        backward = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<T>, int, int>(BackwardKernel);
        sumGain = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int>(SumGainKernel);
    }

    private protected override void LaunchForward(
        in Tensor<T> output,
        in Tensor<float> inverseRms,
        in Tensor<float> input,
        in Tensor<float> gain,
        float epsilon)
    {
        bool wide = Quads.Fit(output) && Quads.Fit(input) && Quads.Fit(gain);
        forward(new KernelConfig(input.Rows, RowQuads.Threads(input.Columns)), output.View, inverseRms.View, input.View, gain.View, epsilon, wide ? 1 : 0);
    }

    private protected override void LaunchBackward(
        in Tensor<float> inputGradient,
        in Tensor<float> gainGradient,
        in Tensor<T> outputGradient,
        in Tensor<float> input,
        in Tensor<float> inverseRms,
        in Tensor<float> gain,
        in Tensor<float> addend,
        in Tensor<float> scratch,
        bool accumulate,
        Tensor<T>? rounded)
    {
        Tensor<T> second = rounded ?? outputGradient;
        bool wide = Quads.Fit(inputGradient) && Quads.Fit(outputGradient) && Quads.Fit(input) && Quads.Fit(gain)
            && Quads.Fit(addend) && Quads.Fit(second) && Quads.StartFits(scratch.View);
        int blocks = Tiling.Count(input.Rows, RmsNorm.GainBlockRows);
        backward(
            new KernelConfig(blocks, RowQuads.Threads(input.Columns)),
            inputGradient.View,
            scratch.View,
            outputGradient.View,
            input.View,
            inverseRms.View,
            gain.View,
            addend.View,
            second.View,
            rounded is null ? 0 : 1,
            wide ? 1 : 0);
        sumGain(new KernelConfig(Tiling.Count(input.Columns, GainColumns), RowQuads.MostThreads), gainGradient.View, scratch.View, blocks, accumulate ? 1 : 0);
    }

    private static void ForwardKernel(
        ArrayView<T> output,
        ArrayView<float> inverseRms,
        ArrayView<float> input,
        ArrayView<float> gain,
        float epsilon,
        int isWide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(GroupReduce.Scratch);
        bool wide = isWide != 0;
        int columns = (int)gain.Length;
        long start = (long)Grid.IdxX * columns;
        float squares = 0;
        for (int tile = 0; tile < columns; tile += RowQuads.Tile)
        {
            Float4 x = RowQuads.Load<float, Fp32Storage>(input, start, tile, columns, wide, 0);
            squares += ((x.X * x.X) + (x.Y * x.Y)) + ((x.Z * x.Z) + (x.W * x.W));
        }

        float r = InverseRms(GroupReduce.Sum(squares, scratch), columns, epsilon);
        if (Group.IdxX == 0)
            inverseRms[Grid.IdxX] = r;
        for (int tile = 0; tile < columns; tile += RowQuads.Tile)
        {
            Float4 x = RowQuads.Load<float, Fp32Storage>(input, start, tile, columns, wide, 0);
            Float4 g = RowQuads.Load<float, Fp32Storage>(gain, 0, tile, columns, wide, 0);
            var y = new Float4 { X = x.X * r * g.X, Y = x.Y * r * g.Y, Z = x.Z * r * g.Z, W = x.W * r * g.W };
            RowQuads.Store<T, TStorage>(output, start, tile, columns, wide, y);
        }
    }

    private static void BackwardKernel(
        ArrayView<float> inputGradient,
        ArrayView<float> shares,
        ArrayView<T> outputGradient,
        ArrayView<float> input,
        ArrayView<float> inverseRms,
        ArrayView<float> gain,
        ArrayView<float> addend,
        ArrayView<T> rounded,
        int rounds,
        int isWide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(4 * GroupReduce.Scratch);
        bool wide = isWide != 0;
        int columns = (int)gain.Length;
        int rows = (int)inverseRms.Length;
        int first = Grid.IdxX * RmsNorm.GainBlockRows;
        int last = first + RmsNorm.GainBlockRows < rows ? first + RmsNorm.GainBlockRows : rows;
        long share = (long)Grid.IdxX * columns;
        for (int row = first; row < last; row += 4)
        {
            // Rows past the last stand in as the last one with a factor of zero, and are not written.
            int row1 = row + 1 < last ? row + 1 : last - 1;
            int row2 = row + 2 < last ? row + 2 : last - 1;
            int row3 = row + 3 < last ? row + 3 : last - 1;
            float r0 = inverseRms[row];
            float r1 = inverseRms[row1];
            float r2 = inverseRms[row2];
            float r3 = inverseRms[row3];
            float dot0 = 0;
            float dot1 = 0;
            float dot2 = 0;
            float dot3 = 0;
            for (int tile = 0; tile < columns; tile += RowQuads.Tile)
            {
                Float4 x0 = RowQuads.Load<float, Fp32Storage>(input, (long)row * columns, tile, columns, wide, 0);
                Float4 x1 = RowQuads.Load<float, Fp32Storage>(input, (long)row1 * columns, tile, columns, wide, 0);
                Float4 x2 = RowQuads.Load<float, Fp32Storage>(input, (long)row2 * columns, tile, columns, wide, 0);
                Float4 x3 = RowQuads.Load<float, Fp32Storage>(input, (long)row3 * columns, tile, columns, wide, 0);
                Float4 g = RowQuads.Load<float, Fp32Storage>(gain, 0, tile, columns, wide, 0);
                Float4 product0 = Product(RowQuads.Load<T, TStorage>(outputGradient, (long)row * columns, tile, columns, wide, 0), x0);
                Float4 product1 = Product(RowQuads.Load<T, TStorage>(outputGradient, (long)row1 * columns, tile, columns, wide, 0), x1);
                Float4 product2 = Product(RowQuads.Load<T, TStorage>(outputGradient, (long)row2 * columns, tile, columns, wide, 0), x2);
                Float4 product3 = Product(RowQuads.Load<T, TStorage>(outputGradient, (long)row3 * columns, tile, columns, wide, 0), x3);
                dot0 += Dot(g, product0);
                dot1 += Dot(g, product1);
                dot2 += Dot(g, product2);
                dot3 += Dot(g, product3);
                Float4 sum = row == first
                    ? default
                    : RowQuads.Load<float, Fp32Storage>(shares, share, tile, columns, wide, 0);
                sum = PlusScaled(sum, product0, r0);
                if (row + 1 < last)
                    sum = PlusScaled(sum, product1, r1);
                if (row + 2 < last)
                    sum = PlusScaled(sum, product2, r2);
                if (row + 3 < last)
                    sum = PlusScaled(sum, product3, r3);
                RowQuads.Store<float, Fp32Storage>(shares, share, tile, columns, wide, sum);
            }

            Float4 dots = GroupReduce.Sum(new Float4 { X = dot0, Y = dot1, Z = dot2, W = dot3 }, scratch);
            float scale0 = dots.X / columns * r0 * r0;
            float scale1 = dots.Y / columns * r1 * r1;
            float scale2 = dots.Z / columns * r2 * r2;
            float scale3 = dots.W / columns * r3 * r3;
            for (int tile = 0; tile < columns; tile += RowQuads.Tile)
            {
                Float4 g = RowQuads.Load<float, Fp32Storage>(gain, 0, tile, columns, wide, 0);
                Float4 dx0 = Gradient(outputGradient, input, addend, g, row, r0, scale0, tile, columns, wide);
                Float4 dx1 = Gradient(outputGradient, input, addend, g, row1, r1, scale1, tile, columns, wide);
                Float4 dx2 = Gradient(outputGradient, input, addend, g, row2, r2, scale2, tile, columns, wide);
                Float4 dx3 = Gradient(outputGradient, input, addend, g, row3, r3, scale3, tile, columns, wide);
                Write(inputGradient, rounded, dx0, row, tile, columns, wide, rounds);
                if (row + 1 < last)
                    Write(inputGradient, rounded, dx1, row1, tile, columns, wide, rounds);
                if (row + 2 < last)
                    Write(inputGradient, rounded, dx2, row2, tile, columns, wide, rounds);
                if (row + 3 < last)
                    Write(inputGradient, rounded, dx3, row3, tile, columns, wide, rounds);
            }
        }
    }

    /// <summary>addend + r (g dy - x scale).</summary>
    private static Float4 Gradient(
        ArrayView<T> outputGradient,
        ArrayView<float> input,
        ArrayView<float> addend,
        Float4 g,
        int row,
        float r,
        float scale,
        int tile,
        int columns,
        bool wide)
    {
        long start = (long)row * columns;
        Float4 past = RowQuads.Load<float, Fp32Storage>(addend, start, tile, columns, wide, 0);
        Float4 x = RowQuads.Load<float, Fp32Storage>(input, start, tile, columns, wide, 0);
        Float4 dy = RowQuads.Load<T, TStorage>(outputGradient, start, tile, columns, wide, 0);
        return new Float4
        {
            X = past.X + (r * ((g.X * dy.X) - (x.X * scale))),
            Y = past.Y + (r * ((g.Y * dy.Y) - (x.Y * scale))),
            Z = past.Z + (r * ((g.Z * dy.Z) - (x.Z * scale))),
            W = past.W + (r * ((g.W * dy.W) - (x.W * scale))),
        };
    }

    private static void Write(ArrayView<float> inputGradient, ArrayView<T> rounded, Float4 gradient, int row, int tile, int columns, bool wide, int rounds)
    {
        RowQuads.Store<float, Fp32Storage>(inputGradient, (long)row * columns, tile, columns, wide, gradient);
        if (rounds != 0)
            RowQuads.Store<T, TStorage>(rounded, (long)row * columns, tile, columns, wide, gradient);
    }

    /// <summary>A thread adds up every so many-th block's share of one column, in order; then the strands are added up in order.</summary>
    private static void SumGainKernel(ArrayView<float> gainGradient, ArrayView<float> shares, int blocks, int accumulate)
    {
        ArrayView<float> strands = SharedMemory.Allocate<float>(RowQuads.MostThreads);
        int columns = (int)gainGradient.Length;
        int strand = Group.IdxX / GainColumns;
        int column = (Grid.IdxX * GainColumns) + (Group.IdxX % GainColumns);
        float sum = 0;
        if (column < columns)
        {
            for (int block = strand; block < blocks; block += GainStrands)
                sum += shares[((long)block * columns) + column];
        }

        strands[Group.IdxX] = sum;
        Group.Barrier();
        if (strand != 0 || column >= columns)
            return;
        for (int other = 1; other < GainStrands; other++)
            sum += strands[(other * GainColumns) + Group.IdxX];
        gainGradient[column] = accumulate != 0 ? gainGradient[column] + sum : sum;
    }

    private static Float4 Product(Float4 a, Float4 b) => new() { X = a.X * b.X, Y = a.Y * b.Y, Z = a.Z * b.Z, W = a.W * b.W };

    private static float Dot(Float4 a, Float4 b) => ((a.X * b.X) + (a.Y * b.Y)) + ((a.Z * b.Z) + (a.W * b.W));

    private static Float4 PlusScaled(Float4 sum, Float4 values, float factor) => new()
    {
        X = sum.X + (values.X * factor),
        Y = sum.Y + (values.Y * factor),
        Z = sum.Z + (values.Z * factor),
        W = sum.W + (values.W * factor),
    };
}

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
    /// <summary>Columns that a group of the last launch adds up, a power of two, and into how many strands of blocks; together a group's threads.</summary>
    private const int GainColumns = 32;
    private const int GainStrands = RowQuads.MostThreads / GainColumns;

    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<T>, int, int> backward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, int> sumGain;

    public RmsNormGpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, int>(ForwardKernel));
        backward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<T>, int, int>(BackwardKernel));
        sumGain = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int>(SumGainKernel));
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
            // Rows past the last stand in as the last one, and are not written.
            var four = new RowNumbers
            {
                First = row,
                Second = row + 1 < last ? row + 1 : last - 1,
                Third = row + 2 < last ? row + 2 : last - 1,
                Fourth = row + 3 < last ? row + 3 : last - 1,
            };
            var r = new Float4
            {
                X = inverseRms[four.First],
                Y = inverseRms[four.Second],
                Z = inverseRms[four.Third],
                W = inverseRms[four.Fourth],
            };
            Float4 dots = default;
            for (int tile = 0; tile < columns; tile += RowQuads.Tile)
            {
                Rows x = Load<float, Fp32Storage>(input, four, tile, columns, wide);
                Float4 g = RowQuads.Load<float, Fp32Storage>(gain, 0, tile, columns, wide, 0);
                Float4 sum = row == first
                    ? default
                    : RowQuads.Load<float, Fp32Storage>(shares, share, tile, columns, wide, 0);
                Rows dy = Load<T, TStorage>(outputGradient, four, tile, columns, wide);
                Float4 product0 = Product(dy.First, x.First);
                Float4 product1 = Product(dy.Second, x.Second);
                Float4 product2 = Product(dy.Third, x.Third);
                Float4 product3 = Product(dy.Fourth, x.Fourth);
                dots = new Float4
                {
                    X = dots.X + Dot(g, product0),
                    Y = dots.Y + Dot(g, product1),
                    Z = dots.Z + Dot(g, product2),
                    W = dots.W + Dot(g, product3),
                };
                sum = PlusScaled(sum, product0, r.X);
                if (row + 1 < last)
                    sum = PlusScaled(sum, product1, r.Y);
                if (row + 2 < last)
                    sum = PlusScaled(sum, product2, r.Z);
                if (row + 3 < last)
                    sum = PlusScaled(sum, product3, r.W);
                RowQuads.Store<float, Fp32Storage>(shares, share, tile, columns, wide, sum);
            }

            dots = GroupReduce.Sum(dots, scratch);
            float scale0 = dots.X / columns * r.X * r.X;
            float scale1 = dots.Y / columns * r.Y * r.Y;
            float scale2 = dots.Z / columns * r.Z * r.Z;
            float scale3 = dots.W / columns * r.W * r.W;
            for (int tile = 0; tile < columns; tile += RowQuads.Tile)
            {
                Rows past = Load<float, Fp32Storage>(addend, four, tile, columns, wide);
                Rows x = Load<float, Fp32Storage>(input, four, tile, columns, wide);
                Float4 g = RowQuads.Load<float, Fp32Storage>(gain, 0, tile, columns, wide, 0);
                Rows dy = Load<T, TStorage>(outputGradient, four, tile, columns, wide);
                Float4 dx0 = Gradient(past.First, g, dy.First, x.First, r.X, scale0);
                Float4 dx1 = Gradient(past.Second, g, dy.Second, x.Second, r.Y, scale1);
                Float4 dx2 = Gradient(past.Third, g, dy.Third, x.Third, r.Z, scale2);
                Float4 dx3 = Gradient(past.Fourth, g, dy.Fourth, x.Fourth, r.W, scale3);
                Write(inputGradient, rounded, dx0, row, tile, columns, wide, rounds);
                if (row + 1 < last)
                    Write(inputGradient, rounded, dx1, row + 1, tile, columns, wide, rounds);
                if (row + 2 < last)
                    Write(inputGradient, rounded, dx2, row + 2, tile, columns, wide, rounds);
                if (row + 3 < last)
                    Write(inputGradient, rounded, dx3, row + 3, tile, columns, wide, rounds);
            }
        }
    }

    /// <summary>The calling thread's elements of a tile of four rows; side by side in the code, so that all loads are under way before the first is converted.</summary>
    private static Rows Load<TElement, TElementStorage>(ArrayView<TElement> view, RowNumbers rows, int tile, int columns, bool wide)
        where TElement : unmanaged
        where TElementStorage : struct, IStorage<TElement>
    {
        int column = tile + (4 * Group.IdxX);
        if (wide && column < columns)
        {
            return new Rows
            {
                First = TElementStorage.Load4(view, (((long)rows.First * columns) + column) >> 2),
                Second = TElementStorage.Load4(view, (((long)rows.Second * columns) + column) >> 2),
                Third = TElementStorage.Load4(view, (((long)rows.Third * columns) + column) >> 2),
                Fourth = TElementStorage.Load4(view, (((long)rows.Fourth * columns) + column) >> 2),
            };
        }

        return new Rows
        {
            First = RowQuads.Load<TElement, TElementStorage>(view, (long)rows.First * columns, tile, columns, wide, 0),
            Second = RowQuads.Load<TElement, TElementStorage>(view, (long)rows.Second * columns, tile, columns, wide, 0),
            Third = RowQuads.Load<TElement, TElementStorage>(view, (long)rows.Third * columns, tile, columns, wide, 0),
            Fourth = RowQuads.Load<TElement, TElementStorage>(view, (long)rows.Fourth * columns, tile, columns, wide, 0),
        };
    }

    /// <summary>addend + r (g dy - x scale).</summary>
    private static Float4 Gradient(Float4 past, Float4 g, Float4 dy, Float4 x, float r, float scale) => new()
    {
        X = past.X + (r * ((g.X * dy.X) - (x.X * scale))),
        Y = past.Y + (r * ((g.Y * dy.Y) - (x.Y * scale))),
        Z = past.Z + (r * ((g.Z * dy.Z) - (x.Z * scale))),
        W = past.W + (r * ((g.W * dy.W) - (x.W * scale))),
    };

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
        int column = (Grid.IdxX * GainColumns) + (Group.IdxX & (GainColumns - 1));
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

    /// <summary>Four rows' numbers.</summary>
    private struct RowNumbers
    {
        public int First;
        public int Second;
        public int Third;
        public int Fourth;
    }

    /// <summary>Four elements of each of four rows.</summary>
    private struct Rows
    {
        public Float4 First;
        public Float4 Second;
        public Float4 Third;
        public Float4 Fourth;
    }
}

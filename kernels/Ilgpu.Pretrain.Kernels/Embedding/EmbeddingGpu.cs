using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread four elements of a row. Backward, where Naive compares every token with every row of the table, the tokens are
/// first listed by id: they are counted, each id takes a stretch of one list, the tokens are put there as they come, and each
/// finds its rank among its id's. Only integers are added by atomics, and the rank undoes the order they came in, so a thread
/// adds up its four columns of a row in order of the tokens.
/// </summary>
/// <remarks>
/// Forward 8 bytes moved an element of the output; floor: 8 * tokens * width over the memory's bandwidth. Backward 4 bytes
/// for an element of the output's gradient and 4 (8 to accumulate) for one of the table's, one FLOP each; floor: 4 * (tokens +
/// vocabulary) * width over the bandwidth; for 65536 tokens, 32768 ids and width 1024 at 3.35 TB/s 120 us. The lists cost a
/// comparison for each pair of tokens of one id, in natural text below a hundredth of tokens^2: 40 million for 65536 tokens,
/// 4 billion, half a millisecond, if all are one id. A frequent id's row is one chain of additions, four loads at a time.
/// </remarks>
internal sealed class EmbeddingGpu : Embedding
{
    private readonly Device device;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, int, int> forward;
    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<int>> count;
    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<int>, ArrayView<int>> reserve;
    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<int>, ArrayView<int>> list;
    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>> rank;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<int>, int, int, int> sum;

    private DeviceBuffer<int>? scratch;

    public EmbeddingGpu(Device device)
    {
        this.device = device;
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, int, int>(ForwardKernel));
        count = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(CountKernel));
        reserve = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, ArrayView<int>>(ReserveKernel));
        list = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, ArrayView<int>>(ListKernel));
        rank = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>>(RankKernel));
        sum = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<int>, int, int, int>(SumKernel));
    }

    public static long ScratchBytes(int tokens, int vocabulary) => sizeof(int) * new Scratch(tokens, vocabulary).Length;

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<int> ids, in Tensor<float> table)
    {
        int items = checked(output.Rows * Quads.PerRow(output.Columns));
        bool wide = Quads.Fit(output) && Quads.Fit(table);
        forward(Quads.Launch(items), output.View, ids.View, table.View, table.Columns, wide ? 1 : 0);
    }

    private protected override void LaunchBackward(
        in Tensor<float> tableGradient,
        in Tensor<float> outputGradient,
        in Tensor<int> ids,
        bool accumulate)
    {
        int tokens = ids.Columns;
        int vocabulary = tableGradient.Rows;
        var parts = new Scratch(tokens, vocabulary);
        if (scratch is null || scratch.View.Length < parts.Length)
        {
            scratch?.Dispose();
            scratch = device.Allocate<int>(parts.Length);
        }

        ArrayView<int> counts = scratch.View.SubView(0, vocabulary);
        ArrayView<int> taken = scratch.View.SubView(vocabulary, 1);
        ArrayView<int> ends = scratch.View.SubView(parts.Ends, vocabulary);
        ArrayView<int> listed = scratch.View.SubView(parts.Listed, tokens);
        ArrayView<int> ordered = scratch.View.SubView(parts.Ordered, tokens);
        scratch.View.SubView(0, vocabulary + 1).MemSetToZero();
        count(Quads.Launch(tokens), counts, ids.View);
        reserve(Quads.Launch(vocabulary), ends, counts, taken);
        list(Quads.Launch(tokens), listed, ends, ids.View);
        rank(Quads.Launch(tokens), ordered, listed, ends, counts, ids.View);
        int items = checked(vocabulary * Quads.PerRow(tableGradient.Columns));
        bool wide = Quads.Fit(tableGradient) && Quads.Fit(outputGradient);
        sum(
            Quads.Launch(items),
            tableGradient.View,
            outputGradient.View,
            ordered,
            ends,
            counts,
            tableGradient.Columns,
            accumulate ? 1 : 0,
            wide ? 1 : 0);
    }

    private static void ForwardKernel(ArrayView<float> output, ArrayView<int> ids, ArrayView<float> table, int columns, int wide)
    {
        int perRow = (columns + 3) / 4;
        int item = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int token = item / perRow;
        if (token >= ids.Length)
            return;
        int column = item % perRow * 4;
        long source = ((long)ids[token] * columns) + column;
        long target = ((long)token * columns) + column;
        if (wide != 0)
        {
            Fp32Storage.Store4(output, target >> 2, Fp32Storage.Load4(table, source >> 2));
            return;
        }

        for (int i = 0; i < 4 && column + i < columns; i++)
            output[target + i] = table[source + i];
    }

    /// <summary>How often each id occurs.</summary>
    private static void CountKernel(ArrayView<int> counts, ArrayView<int> ids)
    {
        int token = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (token < ids.Length)
            Atomic.Add(ref counts[ids[token]], 1);
    }

    /// <summary>Each id that occurs takes the next stretch of the list; ends[id] begins as its start.</summary>
    private static void ReserveKernel(ArrayView<int> ends, ArrayView<int> counts, ArrayView<int> taken)
    {
        int id = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (id >= counts.Length)
            return;
        int own = counts[id];
        if (own > 0)
            ends[id] = Atomic.Add(ref taken[0], own);
    }

    /// <summary>Each token goes to the next place of its id's stretch.</summary>
    private static void ListKernel(ArrayView<int> listed, ArrayView<int> ends, ArrayView<int> ids)
    {
        int token = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (token < ids.Length)
            listed[Atomic.Add(ref ends[ids[token]], 1)] = token;
    }

    /// <summary>Each token goes to the place that its rank among its id's gives it.</summary>
    private static void RankKernel(ArrayView<int> ordered, ArrayView<int> listed, ArrayView<int> ends, ArrayView<int> counts, ArrayView<int> ids)
    {
        int place = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (place >= listed.Length)
            return;
        int token = listed[place];
        int id = ids[token];
        int end = ends[id];
        int start = end - counts[id];
        int before = 0;
        for (int other = start; other < end; other++)
            before += listed[other] < token ? 1 : 0;
        ordered[start + before] = token;
    }

    private static void SumKernel(
        ArrayView<float> tableGradient,
        ArrayView<float> outputGradient,
        ArrayView<int> ordered,
        ArrayView<int> ends,
        ArrayView<int> counts,
        int columns,
        int accumulate,
        int wide)
    {
        int perRow = (columns + 3) / 4;
        int item = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int id = item / perRow;
        if (id >= counts.Length)
            return;
        int column = item % perRow * 4;
        long target = ((long)id * columns) + column;
        int occurrences = counts[id];
        if (occurrences == 0 && accumulate != 0)
            return;
        int end = occurrences == 0 ? 0 : ends[id];
        int place = end - occurrences;
        if (wide != 0)
        {
            Float4 total = accumulate != 0 ? Fp32Storage.Load4(tableGradient, target >> 2) : default;
            for (; place + 4 <= end; place += 4)
            {
                Float4 a = Row(outputGradient, ordered[place], columns, column);
                Float4 b = Row(outputGradient, ordered[place + 1], columns, column);
                Float4 c = Row(outputGradient, ordered[place + 2], columns, column);
                Float4 d = Row(outputGradient, ordered[place + 3], columns, column);
                total = Plus(Plus(Plus(Plus(total, a), b), c), d);
            }

            for (; place < end; place++)
                total = Plus(total, Row(outputGradient, ordered[place], columns, column));
            Fp32Storage.Store4(tableGradient, target >> 2, total);
            return;
        }

        for (int i = 0; i < 4 && column + i < columns; i++)
        {
            float total = accumulate != 0 ? tableGradient[target + i] : 0;
            for (int next = place; next < end; next++)
                total += outputGradient[((long)ordered[next] * columns) + column + i];
            tableGradient[target + i] = total;
        }
    }

    private static Float4 Row(ArrayView<float> outputGradient, int token, int columns, int column) =>
        Fp32Storage.Load4(outputGradient, (((long)token * columns) + column) >> 2);

    private static Float4 Plus(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    /// <summary>Where in the scratch memory what lies: counts and the list's length first, the rest from the starts named here.</summary>
    private readonly struct Scratch(int tokens, int vocabulary)
    {
        public long Ends { get; } = vocabulary + 1L;

        public long Listed => Ends + vocabulary;

        public long Ordered => Listed + tokens;

        public long Length => Ordered + tokens;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Whole rows at a time. Backward, each tile owns the table's rows v with v mod (number of tiles) = tile and goes through
/// all ids in order, sixteen a comparison: nobody else writes its rows, so there is nothing to lock, and taking every
/// n-th row instead of a range spreads the frequent ids, which lie together in most vocabularies.
/// </summary>
internal sealed unsafe class EmbeddingCpu<TFloats> : Embedding
    where TFloats : unmanaged, IFloats<TFloats>
{
    /// <summary>Elements that a backward tile zeroes and adds up at least, where there are so many.</summary>
    private const long ElementsPerTile = 1 << 16;

    /// <summary>Each tile reads all ids, so more tiles than this would be felt.</summary>
    private const int MostTiles = 64;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int, int> backward;

    public EmbeddingCpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, int>(ForwardKernel));
        backward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int, int>(BackwardKernel));
    }

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<int> ids, in Tensor<float> table)
    {
        int tiles = Tiling.Count(output.Rows, Tiling.RowsPerTile(output.Columns));
        forward(new KernelConfig(tiles, 1), output.View, ids.View, table.View, table.Columns);
    }

    private protected override void LaunchBackward(
        in Tensor<float> tableGradient,
        in Tensor<float> outputGradient,
        in Tensor<int> ids,
        bool accumulate)
    {
        long elements = (accumulate ? 0 : tableGradient.Length) + outputGradient.Length;
        int tiles = 1;
        while (tiles < MostTiles && tiles * ElementsPerTile < elements)
            tiles *= 2;
        backward(new KernelConfig(tiles, 1), tableGradient.View, outputGradient.View, ids.View, tableGradient.Columns, tiles, accumulate ? 1 : 0);
    }

    private static void ForwardKernel(ArrayView<float> output, ArrayView<int> ids, ArrayView<float> table, int columns) =>
        ForwardTile(Grid.IdxX, output, ids, table, columns);

    private static void BackwardKernel(
        ArrayView<float> tableGradient,
        ArrayView<float> outputGradient,
        ArrayView<int> ids,
        int columns,
        int tiles,
        int accumulate) => BackwardTile(Grid.IdxX, tableGradient, outputGradient, ids, columns, tiles, accumulate);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardTile(int tile, ArrayView<float> output, ArrayView<int> ids, ArrayView<float> table, int columns)
    {
        int perTile = Tiling.RowsPerTile(columns);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)ids.Length);
        int* id = ids.Pointer();
        for (int token = first; token < last; token++)
        {
            var row = new ReadOnlySpan<float>(table.Pointer() + ((long)id[token] * columns), columns);
            row.CopyTo(new Span<float>(output.Pointer() + ((long)token * columns), columns));
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void BackwardTile(
        int tile,
        ArrayView<float> tableGradient,
        ArrayView<float> outputGradient,
        ArrayView<int> ids,
        int columns,
        int tiles,
        int accumulate)
    {
        float* table = tableGradient.Pointer();
        float* dy = outputGradient.Pointer();
        int* id = ids.Pointer();
        int tokens = (int)ids.Length;
        if (accumulate == 0)
        {
            for (long start = (long)tile * columns; start < tableGradient.Length; start += (long)tiles * columns)
                new Span<float>(table + start, columns).Clear();
        }

        // The number of tiles is a power of two.
        int remainder = tiles - 1;
        TFloats remainders = TFloats.CreateBits((uint)remainder);
        TFloats own = TFloats.CreateBits((uint)tile);
        int token = 0;
        for (; token <= tokens - 16; token += 16)
        {
            TFloats owners = TFloats.AndBits(TFloats.LoadBits(id + token), remainders);
            uint mine = TFloats.EqualBits(owners, own);
            for (; mine != 0; mine &= mine - 1)
            {
                int match = token + BitOperations.TrailingZeroCount(mine);
                AddRow(table + ((long)id[match] * columns), dy + ((long)match * columns), columns);
            }
        }

        for (; token < tokens; token++)
        {
            if ((id[token] & remainder) == tile)
                AddRow(table + ((long)id[token] * columns), dy + ((long)token * columns), columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(float* total, float* row, int columns)
    {
        int column = 0;
        for (; column <= columns - 16; column += 16)
            TFloats.Store(TFloats.Load(total + column) + TFloats.Load(row + column), total + column);
        for (; column < columns; column++)
            total[column] += row[column];
    }
}

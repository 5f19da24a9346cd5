using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of C in SIMD: packed panels of A and B and a register-blocked micro-kernel (the scheme of Goto and van de Geijn,
/// "Anatomy of High-Performance Matrix Multiplication", 2008).
/// </summary>
/// <remarks>
/// An element of C is <c>((addend + block 0) + block 1) + ...</c> over the blocks of K
/// (<see cref="MatmulTiling.BlockDepth"/>), each block a chain of fused multiply-adds over k from zero. Tile, position in a
/// tile, vector width and threads do not enter.
/// </remarks>
internal sealed unsafe class MatmulCpu : Matmul<float>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int, int, int, int> multiply;
    private readonly int lanes;

    public MatmulCpu(Device device)
        : this(device, Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4)
    {
    }

    /// <param name="device">A CPU device.</param>
    /// <param name="lanes">Floats a vector: 16, 8 or 4. All give the same bits.</param>
    internal MatmulCpu(Device device, int lanes)
    {
        this.lanes = lanes;
        multiply = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int, int, int, int>(MultiplyKernel));
    }

    private protected override void Launch(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend)
    {
        var tiling = MatmulTiling.Of(shape);
        multiply(
            new KernelConfig(tiling.Count, 1),
            c.View,
            a.View,
            b.View,
            (addend ?? c).View,
            addend is null ? 0 : 1,
            shape.M,
            shape.N,
            shape.K,
            (int)layout,
            tiling.RowTiles,
            tiling.ColumnTiles,
            lanes);
    }

    private protected override void LaunchRounded(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape) => Launch(c, a, b, layout, shape, addend: null);

    private static void MultiplyKernel(
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        int hasAddend,
        int m,
        int n,
        int k,
        int layout,
        int rowTiles,
        int columnTiles,
        int lanes) =>
        MultiplyTile(Grid.IdxX, c, a, b, addend, hasAddend, m, n, k, layout, rowTiles, columnTiles, lanes);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTile(
        int tile,
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        int hasAddend,
        int m,
        int n,
        int k,
        int layout,
        int rowTiles,
        int columnTiles,
        int lanes)
    {
        (int rowTile, int columnTile) = Math.DivRem(tile, columnTiles);
        int firstRow = MatmulTiling.Start(m, MatmulMicroKernel.Rows, rowTiles, rowTile);
        int lastRow = MatmulTiling.Start(m, MatmulMicroKernel.Rows, rowTiles, rowTile + 1);
        int firstColumn = MatmulTiling.Start(n, MatmulTiling.ColumnUnit, columnTiles, columnTile);
        int lastColumn = MatmulTiling.Start(n, MatmulTiling.ColumnUnit, columnTiles, columnTile + 1);
        int widestPanel = MatmulMicroKernel.Columns(lanes);
        int blockDepth = MatmulTiling.BlockDepth(k);
        int rowPanels = Tiling.Count(lastRow - firstRow, MatmulMicroKernel.Rows);

        float* edge = ThreadScratch.Floats(MatmulMicroKernel.EdgeLength + (blockDepth * (widestPanel + (rowPanels * MatmulMicroKernel.Rows))));
        float* panelOfB = edge + MatmulMicroKernel.EdgeLength;
        float* panelsOfA = panelOfB + (blockDepth * widestPanel);
        var sourceOfA = new MatmulOperand(k == 0 ? null : a.Pointer(), layout == (int)MatmulLayout.TN ? m : k, layout != (int)MatmulLayout.TN);
        var sourceOfB = new MatmulOperand(k == 0 ? null : b.Pointer(), layout == (int)MatmulLayout.NT ? k : n, layout == (int)MatmulLayout.NT);
        float* added = hasAddend != 0 ? addend.Pointer() : null;
        for (int firstK = 0; firstK == 0 || firstK < k; firstK += blockDepth)
        {
            int depth = Math.Min(blockDepth, k - firstK);
            sourceOfA.Pack(panelsOfA, MatmulMicroKernel.Rows, firstRow, lastRow, firstK, depth);
            int panelColumns;
            for (int column = firstColumn; column < lastColumn; column += panelColumns)
            {
                int columns = lastColumn - column;
                int panelLanes = MatmulMicroKernel.NarrowestLanes(lanes, columns);
                panelColumns = MatmulMicroKernel.Columns(panelLanes);
                columns = Math.Min(columns, panelColumns);
                sourceOfB.Pack(panelOfB, panelColumns, column, column + columns, firstK, depth);
                float* panelOfA = panelsOfA;
                for (int row = firstRow; row < lastRow; row += MatmulMicroKernel.Rows)
                {
                    long start = ((long)row * n) + column;
                    int rows = Math.Min(MatmulMicroKernel.Rows, lastRow - row);
                    MatmulMicroKernel.Multiply(
                        panelLanes, depth, panelOfA, panelOfB, c.Pointer() + start, added == null ? null : added + start, n, rows, columns, edge);
                    panelOfA += depth * MatmulMicroKernel.Rows;
                }
            }

            added = c.Pointer();
        }
    }
}

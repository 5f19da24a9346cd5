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
    /// <summary>
    /// Columns of a tile up to which A is not packed where its rows run along k and the micro-kernel reads them where they are:
    /// with so few, packing is felt. More gained nothing.
    /// </summary>
    private const int MostColumnsInPlace = 256;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatmulCpuProduct, int> multiply;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatmulCpuProduct, MatmulCpuProduct, int> multiplyGradients;
    private readonly int lanes;

    /// <summary>Floats of the processor's widest vector.</summary>
    internal static int WidestLanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    public MatmulCpu(Device device)
        : this(device, WidestLanes)
    {
    }

    /// <param name="device">A CPU device.</param>
    /// <param name="lanes">Floats a vector: 16, 8 or 4. All give the same bits.</param>
    internal MatmulCpu(Device device, int lanes)
    {
        this.lanes = lanes;
        multiply = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatmulCpuProduct, int>(MultiplyKernel));
        multiplyGradients = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatmulCpuProduct, MatmulCpuProduct, int>(MultiplyGradientsKernel));
    }

    private protected override void Launch(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend)
    {
        var product = MatmulCpuProduct.Of(shape, layout, addend is not null);
        multiply(new KernelConfig(product.Tiles, 1), c.View, a.View, b.View, (addend ?? c).View, product, lanes);
    }

    private protected override void LaunchRounded(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape) => Launch(c, a, b, layout, shape, addend: null);

    /// <summary>One launch: small models wait for launches, and threads that end one product early go on with the other.</summary>
    private protected override void LaunchGradients(
        in Tensor<float> inputGradient,
        in Tensor<float> weightGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> input,
        in Tensor<float> weight,
        MatmulShape ofInput,
        MatmulShape ofWeight,
        bool accumulate)
    {
        var inputProduct = MatmulCpuProduct.Of(ofInput, MatmulLayout.NN, hasAddend: false);
        var weightProduct = MatmulCpuProduct.Of(ofWeight, MatmulLayout.TN, accumulate);
        multiplyGradients(
            new KernelConfig(inputProduct.Tiles + weightProduct.Tiles, 1),
            inputGradient.View,
            weightGradient.View,
            outputGradient.View,
            input.View,
            weight.View,
            inputProduct,
            weightProduct,
            lanes);
    }

    private static void MultiplyKernel(
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        MatmulCpuProduct product,
        int lanes) =>
        MultiplyTile(Grid.IdxX, c, a, b, addend, product, lanes);

    private static void MultiplyGradientsKernel(
        ArrayView<float> inputGradient,
        ArrayView<float> weightGradient,
        ArrayView<float> outputGradient,
        ArrayView<float> input,
        ArrayView<float> weight,
        MatmulCpuProduct inputProduct,
        MatmulCpuProduct weightProduct,
        int lanes)
    {
        int tile = Grid.IdxX;
        if (tile < inputProduct.Tiles)
            MultiplyTile(tile, inputGradient, outputGradient, weight, inputGradient, inputProduct, lanes);
        else
            MultiplyTile(tile - inputProduct.Tiles, weightGradient, outputGradient, input, weightGradient, weightProduct, lanes);
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void MultiplyTile(
        int tile,
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        MatmulCpuProduct product,
        int lanes)
    {
        int m = product.M;
        int n = product.N;
        int k = product.K;
        var layout = (MatmulLayout)product.Layout;
        (int rowTile, int columnTile) = Math.DivRem(tile, product.ColumnTiles);
        int firstRow = MatmulTiling.Start(m, MatmulMicroKernel.Rows, product.RowTiles, rowTile);
        int lastRow = MatmulTiling.Start(m, MatmulMicroKernel.Rows, product.RowTiles, rowTile + 1);
        int firstColumn = MatmulTiling.Start(n, MatmulTiling.ColumnUnit, product.ColumnTiles, columnTile);
        int lastColumn = MatmulTiling.Start(n, MatmulTiling.ColumnUnit, product.ColumnTiles, columnTile + 1);
        int widestPanel = MatmulMicroKernel.Columns(lanes);
        int blockDepth = MatmulTiling.BlockDepth(k);
        bool inPlace = lanes == 8 && layout != MatmulLayout.TN && lastColumn - firstColumn <= MostColumnsInPlace && k > 0;
        int tileRowPanels = Tiling.Count(lastRow - firstRow, MatmulMicroKernel.Rows);
        int rowPanels = inPlace ? 0 : tileRowPanels;

        float* edge = ThreadScratch.Floats(MatmulMicroKernel.EdgeLength + (blockDepth * (widestPanel + (rowPanels * MatmulMicroKernel.Rows))));
        float* panelOfB = edge + MatmulMicroKernel.EdgeLength;
        float* panelsOfA = panelOfB + (blockDepth * widestPanel);
        var sourceOfA = new MatmulOperand(k == 0 ? null : a.Pointer(), layout == MatmulLayout.TN ? m : k, layout != MatmulLayout.TN);
        var sourceOfB = new MatmulOperand(k == 0 ? null : b.Pointer(), layout == MatmulLayout.NT ? k : n, layout == MatmulLayout.NT);
        float* added = product.HasAddend != 0 ? addend.Pointer() : null;
        for (int firstK = 0; firstK == 0 || firstK < k; firstK += blockDepth)
        {
            int depth = Math.Min(blockDepth, k - firstK);
            if (!inPlace)
                sourceOfA.Pack(panelsOfA, MatmulMicroKernel.Rows, firstRow, lastRow, firstK, depth);
            int panelColumns;
            for (int column = firstColumn; column < lastColumn; column += panelColumns)
            {
                int columns = lastColumn - column;
                int panelLanes = inPlace ? lanes : MatmulMicroKernel.NarrowestLanes(lanes, columns);
                panelColumns = MatmulMicroKernel.Columns(panelLanes);
                columns = Math.Min(columns, panelColumns);
                sourceOfB.Pack(panelOfB, panelColumns, column, column + columns, firstK, depth);
                int nextColumn = column + columns;
                int nextLastColumn = Math.Min(nextColumn + panelColumns, lastColumn);
                Elements panelOfA = inPlace
                    ? new Elements(a.Pointer() + ((long)firstRow * k) + firstK, k, 1)
                    : new Elements(panelsOfA, 1, MatmulMicroKernel.Rows);
                nint panelStride = MatmulMicroKernel.Rows * (nint)(inPlace ? k : depth);
                for (int row = firstRow; row < lastRow; row += MatmulMicroKernel.Rows)
                {
                    long start = ((long)row * n) + column;
                    int rows = Math.Min(MatmulMicroKernel.Rows, lastRow - row);
                    sourceOfB.Prefetch(nextColumn, nextLastColumn, firstK, depth, (row - firstRow) / MatmulMicroKernel.Rows, tileRowPanels);
                    MatmulMicroKernel.Multiply(
                        panelLanes, depth, panelOfA, panelOfB, c.Pointer() + start, added == null ? null : added + start, n, rows, columns, edge);
                    panelOfA = new Elements(panelOfA.Start + panelStride, panelOfA.RowStride, panelOfA.DepthStride);
                }
            }

            added = c.Pointer();
        }
    }
}

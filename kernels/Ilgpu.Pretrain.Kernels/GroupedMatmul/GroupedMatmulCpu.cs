using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The tiles of all products in one launch, each what <see cref="MatmulCpu"/> computes: a launch costs as much as the product of
/// two matrices of width 100, and the threads share the tiles of all.
/// </summary>
internal sealed unsafe class GroupedMatmulCpu : GroupedMatmul<float>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<GroupedEntry>, int> multiply;

    public GroupedMatmulCpu(Device device) =>
        multiply = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<GroupedEntry>, int>(MultiplyKernel));

    private protected override void Launch(GroupedProducts products, ArrayView<float> memory) =>
        multiply(new KernelConfig(products.Tiles, 1), memory, products.Entries, MatmulCpu.WidestLanes);

    private static void MultiplyKernel(ArrayView<float> memory, ArrayView<GroupedEntry> entries, int lanes) =>
        MultiplyTile(Grid.IdxX, memory, entries, lanes);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MultiplyTile(int tile, ArrayView<float> memory, ArrayView<GroupedEntry> entries, int lanes)
    {
        GroupedEntry* entry = entries.Pointer();
        GroupedEntry* last = entry + entries.Length - 1;
        while (entry < last && entry[1].FirstTile <= tile)
            entry++;
        ArrayView<float> c = memory.SubView(entry->C, (long)entry->M * entry->N);
        MatmulCpu.MultiplyTile(
            tile - entry->FirstTile,
            c,
            memory.SubView(entry->A, (long)entry->M * entry->K),
            memory.SubView(entry->B, (long)entry->K * entry->N),
            c,
            new MatmulCpuProduct
            {
                M = entry->M,
                N = entry->N,
                K = entry->K,
                Layout = entry->Layout,
                RowTiles = entry->RowTiles,
                ColumnTiles = entry->ColumnTiles,
            },
            lanes);
    }
}

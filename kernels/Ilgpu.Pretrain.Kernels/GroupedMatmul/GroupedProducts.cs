using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>A group of products that do not wait for each other, planned once and brought to the device.</summary>
public sealed class GroupedProducts : IDisposable
{
    private readonly GroupedProduct[] products;
    private readonly DeviceBuffer<GroupedEntry> entries;

    /// <param name="device">Where they are going to run.</param>
    /// <param name="products">At least one.</param>
    /// <exception cref="ArgumentException">There is none, an extent is not positive, an offset is negative, or a product overwrites what one of the group reads or writes.</exception>
    public GroupedProducts(Device device, IReadOnlyList<GroupedProduct> products)
    {
        this.products = [.. products];
        RequireUsable(this.products);
        var table = new GroupedEntry[this.products.Length];
        for (int i = 0; i < table.Length; i++)
        {
            var tiling = MatmulTiling.Of(this.products[i].Shape);
            table[i] = GroupedEntry.Of(this.products[i], tiling, Tiles);
            Tiles = checked(Tiles + tiling.Count);
        }

        Reach = this.products.Max(product => product.End);
        entries = device.Allocate<GroupedEntry>(table.Length);
        new Tensor<GroupedEntry>(entries.View, 1, table.Length).CopyFrom(table);
    }

    public ReadOnlySpan<GroupedProduct> Products => products;

    /// <summary>Elements of memory that they reach.</summary>
    public long Reach { get; }

    /// <summary>Tiles of the Cpu rung in all.</summary>
    internal int Tiles { get; }

    internal ArrayView<GroupedEntry> Entries => entries.View;

    public void Dispose() => entries.Dispose();

    private static void RequireUsable(GroupedProduct[] products)
    {
        if (products.Length == 0)
            throw new ArgumentException("A group has at least one product.", nameof(products));
        foreach (GroupedProduct product in products)
        {
            if (product.Shape.M < 1 || product.Shape.N < 1 || product.Shape.K < 1 || product.C < 0 || product.A < 0 || product.B < 0)
                throw new ArgumentException($"A product of a group has positive extents and offsets from 0: {product}.", nameof(products));
        }

        // Sorted by their starts, results overlap where neighbours do.
        GroupedProduct[] byResult = [.. products.OrderBy(product => product.C)];
        for (int i = 1; i < byResult.Length; i++)
        {
            if (byResult[i - 1].C + byResult[i - 1].LengthOfC > byResult[i].C)
                throw new ArgumentException($"Two products of a group write the same memory: {byResult[i - 1]} and {byResult[i]}.", nameof(products));
        }

        foreach (GroupedProduct product in products)
        {
            if (IsWritten(byResult, product.A, product.LengthOfA) || IsWritten(byResult, product.B, product.LengthOfB))
                throw new ArgumentException($"A product of a group reads what one of the group writes: {product}.", nameof(products));
        }
    }

    private static bool IsWritten(GroupedProduct[] products, long first, long length) =>
        products.Any(product => product.C < first + length && first < product.C + product.LengthOfC);
}

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Groups of products against the products alone, which have an fp64 reference; one thin class a rung below.</summary>
public abstract class GroupedMatmulTests<T>(Rung rung)
    where T : unmanaged
{
    private const int Gap = 3;

    /// <summary>Below and above a micro-kernel and a tile, one row, one column, each layout.</summary>
    private static readonly (MatmulShape Shape, MatmulLayout Layout)[] Products =
    [
        (new(1, 1, 1), MatmulLayout.NN), (new(24, 40, 16), MatmulLayout.NT), (new(1, 33, 7), MatmulLayout.NN), (new(40, 40, 72), MatmulLayout.TN),
        (new(35, 1, 9), MatmulLayout.NT), (new(64, 64, 64), MatmulLayout.NN), (new(5, 70, 3), MatmulLayout.TN),
    ];

    [Fact]
    public void A_group_gives_the_bits_of_its_products_alone()
    {
        (GroupedProduct[] products, float[] values) = Case();
        using var memory = new TestMemory(Device);
        Tensor<T> alone = memory.InputOf<T>(values, 1, values.Length);
        var matmul = Matmul.Create<T>(Device, rung);
        foreach (GroupedProduct product in products)
        {
            (MatmulShape shape, MatmulLayout layout) = (product.Shape, product.Layout);
            matmul.MultiplyRounded(
                Matrix(alone, product.C, shape.M, shape.N),
                layout == MatmulLayout.TN ? Matrix(alone, product.A, shape.K, shape.M) : Matrix(alone, product.A, shape.M, shape.K),
                layout == MatmulLayout.NT ? Matrix(alone, product.B, shape.N, shape.K) : Matrix(alone, product.B, shape.K, shape.N),
                layout);
        }

        float[] expected = Elements.ToSingles(alone.ToArray());
        Assert.DoesNotContain(products, product => float.IsNaN(expected[product.C]));
        Bits.AssertEqual(expected, Multiply(Device, products, values), "a group, and what lies around its results");
        Bits.AssertEqual(expected, Multiply(RungDevices.Other(rung), products, values), "on one thread");
    }

    [Fact]
    public void Operands_may_be_shared()
    {
        float[] values = [.. new Inputs(2).Normal(12), .. Enumerable.Repeat(float.NaN, 25)];
        GroupedProduct gram = new(new MatmulShape(3, 3, 4), MatmulLayout.NT, 12, 0, 0);
        GroupedProduct other = new(new MatmulShape(4, 4, 3), MatmulLayout.TN, 21, 0, 0);
        float[] after = Multiply(Device, [gram, other], values);
        float[] alone = Multiply(Device, [other], Multiply(Device, [gram], values));
        Bits.AssertEqual(alone, after, "both Gram matrices");
    }

    [Fact]
    public void Groups_that_cannot_be_are_refused()
    {
        var square = new MatmulShape(2, 2, 2);
        GroupedProduct product = new(square, MatmulLayout.NN, 8, 0, 4);
        Assert.Throws<ArgumentException>(() => new GroupedProducts(Device, []));
        Assert.Throws<ArgumentException>(() => new GroupedProducts(Device, [product with { A = -1 }]));
        Assert.Throws<ArgumentException>(() => new GroupedProducts(Device, [product with { Shape = new MatmulShape(2, 0, 2) }]));
        Assert.Throws<ArgumentException>(() => new GroupedProducts(Device, [product, product with { C = 11 }]));
        Assert.Throws<ArgumentException>(() => new GroupedProducts(Device, [product, product with { C = 12, A = 11 }]));
        Assert.Throws<ArgumentException>(() => Multiply(Device, [product], new float[11]));
    }

    private Device Device => RungDevices.Usual(rung);

    /// <summary>Operands, then room for the results, with gaps: NaN where nothing is to be read.</summary>
    private static (GroupedProduct[] Products, float[] Values) Case()
    {
        var inputs = new Inputs(1);
        List<float> values = [];
        List<GroupedProduct> products = [];
        long Place(float[] matrix)
        {
            values.AddRange(Enumerable.Repeat(float.NaN, Gap));
            values.AddRange(matrix);
            return values.Count - matrix.Length;
        }

        foreach ((MatmulShape shape, MatmulLayout layout) in Products)
        {
            long a = Place(inputs.Normal(shape.M * shape.K));
            long b = Place(inputs.Normal(shape.K * shape.N));
            products.Add(new GroupedProduct(shape, layout, 0, a, b));
        }

        for (int i = 0; i < products.Count; i++)
        {
            long c = Place([.. Enumerable.Repeat(float.NaN, products[i].Shape.M * products[i].Shape.N)]);
            products[i] = products[i] with { C = c };
        }

        return ([.. products], Elements.Rounded<T>([.. values]));
    }

    private float[] Multiply(Device device, GroupedProduct[] products, float[] values)
    {
        using var memory = new TestMemory(device);
        using var group = new GroupedProducts(device, products);
        Tensor<T> tensor = memory.InputOf<T>(values, 1, values.Length);
        GroupedMatmul.Create<T>(device, rung).Multiply(group, tensor.View);
        return Elements.ToSingles(tensor.ToArray());
    }

    private static Tensor<T> Matrix(Tensor<T> memory, long first, int rows, int columns) =>
        new(memory.View.SubView(first, (long)rows * columns), rows, columns);
}

public sealed class GroupedMatmulNaiveTests() : GroupedMatmulTests<float>(Rung.Naive);

public sealed class GroupedMatmulCpuTests() : GroupedMatmulTests<float>(Rung.Cpu);

public sealed class GroupedMatmulGpuTests() : GroupedMatmulTests<float>(Rung.Gpu);

public sealed class GroupedMatmulBFloat16NaiveTests() : GroupedMatmulTests<BFloat16>(Rung.Naive);

public sealed class GroupedMatmulTensorCoreTests() : GroupedMatmulTests<BFloat16>(Rung.TensorCore);

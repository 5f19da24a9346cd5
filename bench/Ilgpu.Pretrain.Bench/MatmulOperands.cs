using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Random operands of one product, and room for its result.</summary>
internal sealed class MatmulOperands : IDisposable
{
    private readonly Device device;
    private readonly MatmulLayout layout;
    private readonly List<DeviceBuffer<float>> buffers = [];
    private readonly Tensor<float> a;
    private readonly Tensor<float> b;
    private readonly Tensor<float> c;

    public MatmulOperands(Device device, MatmulCase product)
    {
        this.device = device;
        layout = product.Layout;
        (int m, int n, int k) = product.Shape;
        var random = new Random(1);
        a = layout == MatmulLayout.TN ? Matrix(random, k, m) : Matrix(random, m, k);
        b = layout == MatmulLayout.NT ? Matrix(random, n, k) : Matrix(random, k, n);
        c = Matrix(random, m, n);
    }

    /// <summary>Returns when the product is there.</summary>
    public void Multiply(Matmul<float> op)
    {
        op.Multiply(c, a, b, layout);
        device.Synchronize();
    }

    public void Dispose() => buffers.ForEach(buffer => buffer.Dispose());

    private Tensor<float> Matrix(Random random, int rows, int columns)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>((long)rows * columns);
        buffers.Add(buffer);
        var tensor = new Tensor<float>(buffer.View, rows, columns);
        var values = new float[tensor.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = random.NextSingle() - .5f;
        tensor.CopyFrom(values);
        return tensor;
    }
}

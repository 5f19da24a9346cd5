namespace Ilgpu.Pretrain.Kernels;

internal sealed class MatmulNaive : Matmul
{
    public MatmulNaive(Device device) => throw new NotSupportedException($"MatmulNaive on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> c, in Tensor<float> a, in Tensor<float> b, MatmulLayout layout, MatmulShape shape, Tensor<float>? addend) => throw new NotSupportedException();
}

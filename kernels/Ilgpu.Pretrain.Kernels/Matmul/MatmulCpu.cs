namespace Ilgpu.Pretrain.Kernels;

internal sealed class MatmulCpu : Matmul
{
    public MatmulCpu(Device device) => throw new NotSupportedException($"MatmulCpu on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> c, in Tensor<float> a, in Tensor<float> b, MatmulLayout layout, MatmulShape shape, Tensor<float>? addend) => throw new NotSupportedException();
}

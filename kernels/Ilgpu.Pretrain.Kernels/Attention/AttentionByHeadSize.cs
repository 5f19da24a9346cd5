using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Attention in bf16 as tensor cores have it: kernels of their own for heads of 64, 96 and 128 features, compiled when first
/// asked for; other heads, and tensors that do not begin at a multiple of 16 bytes, take <see cref="AttentionGpu{T, TStorage}"/>.
/// </summary>
internal sealed class AttentionByHeadSize(Device device) : Attention<BFloat16>
{
    private Attention<BFloat16>? of64;
    private Attention<BFloat16>? of96;
    private Attention<BFloat16>? of128;
    private Attention<BFloat16>? ofOthers;

    private protected override void LaunchForward(in Tensor<BFloat16> output, in Tensor<float> logSumExp, in Tensor<BFloat16> qkv, AttentionShape shape) =>
        Of(shape.HeadSize, IsAligned(output) && IsAligned(qkv)).Forward(output, logSumExp, qkv, shape);

    private protected override void LaunchBackward(
        in Tensor<BFloat16> qkvGradient,
        in Tensor<BFloat16> outputGradient,
        in Tensor<BFloat16> output,
        in Tensor<float> logSumExp,
        in Tensor<BFloat16> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        bool aligned = IsAligned(qkvGradient) && IsAligned(outputGradient) && IsAligned(output) && IsAligned(qkv);
        Of(shape.HeadSize, aligned).Backward(qkvGradient, outputGradient, output, logSumExp, qkv, scratch, shape);
    }

    private static unsafe bool IsAligned(in Tensor<BFloat16> tensor) => tensor.View.LoadEffectiveAddressAsPtr() % sizeof(Bits128) == 0;

    private Attention<BFloat16> Of(int headSize, bool aligned) => (aligned ? headSize : 0) switch
    {
        64 => of64 ??= new AttentionTensorCore<Head64>(device),
        96 => of96 ??= new AttentionTensorCore<Head96>(device),
        128 => of128 ??= new AttentionTensorCore<Head128>(device),
        _ => ofOthers ??= new AttentionGpu<BFloat16, BFloat16Storage>(device),
    };
}

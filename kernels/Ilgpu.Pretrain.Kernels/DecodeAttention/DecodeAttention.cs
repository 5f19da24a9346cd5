namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Attention of one new token a sequence over a key/value cache: the new token's key and value are appended to the
/// cache, then its queries attend to everything in it.
/// </summary>
public abstract class DecodeAttention
{
    public static DecodeAttention Create(Device device, Rung? rung = null) =>
        Ladder.Create<DecodeAttention>(
            nameof(DecodeAttention),
            device,
            rung,
            (Rung.Naive, device => new DecodeAttentionNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, DecodeAttention>>(
                device => new DecodeAttentionCpu<Floats512>(device),
                device => new DecodeAttentionCpu<Floats256>(device),
                device => new DecodeAttentionCpu<Floats128>(device))),
            (Rung.Gpu, device => new DecodeAttentionGpu(device)));

    /// <summary>Appends the new token at <paramref name="position"/> and attends to positions 0 to position.</summary>
    /// <param name="output">batch x (heads * headSize); overwritten.</param>
    /// <param name="keyCache">(batch * capacity) x (keyValueHeads * headSize): row b * capacity + p is position p of sequence b.</param>
    /// <param name="valueCache">As <paramref name="keyCache"/>.</param>
    /// <param name="qkv">batch x <see cref="AttentionShape.QkvColumns"/>: one new token a sequence, rotated already.</param>
    /// <param name="scratch">batch * heads rows x capacity columns: scores, or sums of parts of the cache.</param>
    /// <param name="shape">The extents; Length is the cache's capacity.</param>
    /// <param name="position">The new token's position, in [0, Length).</param>
    public void Step(
        in Tensor<float> output,
        in Tensor<float> keyCache,
        in Tensor<float> valueCache,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape,
        int position)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, shape.Length);
        Shape.Require(output, shape.Batch, shape.OutputColumns);
        Shape.Require(keyCache, shape.Tokens, shape.KeyValueColumns);
        Shape.Require(valueCache, shape.Tokens, shape.KeyValueColumns);
        Shape.Require(qkv, shape.Batch, shape.QkvColumns);
        Shape.RequireScratch(scratch, (long)shape.Batch * shape.Heads * shape.Length);
        Launch(output, keyCache, valueCache, qkv, scratch, shape, position);
    }

    private protected abstract void Launch(
        in Tensor<float> output,
        in Tensor<float> keyCache,
        in Tensor<float> valueCache,
        in Tensor<float> qkv,
        in Tensor<float> scratch,
        AttentionShape shape,
        int position);
}

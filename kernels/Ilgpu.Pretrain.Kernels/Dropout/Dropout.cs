namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Inverted dropout with a counter-based generator (Threefry-2x32-20, Salmon et al. 2011): kept elements are
/// divided by 1 - probability. The backward pass is the same op on the gradient.
/// </summary>
public abstract class Dropout
{
    public static Dropout Create(Device device, Rung? rung = null) =>
        (rung ?? device.Best(Rung.Cpu)) switch
        {
            Rung.Naive => new DropoutNaive(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new DropoutCpu(device),
            var other => throw new RungUnavailableException(nameof(Dropout), other, device),
        };

    /// <summary>output = dropout(input) + addend.</summary>
    /// <param name="output">rows x columns; overwritten. May be <paramref name="input"/> or <paramref name="addend"/> itself.</param>
    /// <param name="input">rows x columns.</param>
    /// <param name="addend">rows x columns, not dropped: the residual stream. Null: nothing is added.</param>
    /// <param name="probability">Of dropping an element, in [0, 1).</param>
    /// <param name="key">Which mask.</param>
    public void Apply(
        in Tensor<float> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        float probability,
        DropoutKey key)
    {
        Shape.Require(output, input.Rows, input.Columns);
        if (addend is { } given)
            Shape.Require(given, input.Rows, input.Columns, nameof(addend));
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A dropout probability lies in [0, 1).");
        Launch(output, input, addend, probability, key);
    }

    private protected abstract void Launch(
        in Tensor<float> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        float probability,
        DropoutKey key);
}

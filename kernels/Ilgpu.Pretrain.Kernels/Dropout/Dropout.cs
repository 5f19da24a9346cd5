namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Inverted dropout with a counter-based generator (Threefry-2x32-20, Salmon et al. 2011): kept elements are
/// divided by 1 - probability. The backward pass is the same op on the gradient.
/// </summary>
/// <remarks>
/// Element i of the matrix is kept if its random word is at least probability * 2^32. Its word is the first (for even
/// i / 16) or second (for odd i / 16) of the counter (16 (i / 32) + i mod 16, Site) under the key (Seed, Step): sixteen
/// elements in a row take the same word of sixteen counters in a row, which is how vectors compute them. A dropped element
/// is multiplied by zero, so a value that is not finite is not lost.
/// </remarks>
/// <typeparam name="T">Elements of the output: fp32, or bf16 for a gradient that products take in mixed precision.</typeparam>
public abstract class Dropout<T>
    where T : unmanaged
{
    /// <summary>The counters' first word has 32 bits, and each counter serves two elements.</summary>
    private const long MostElements = 1L << 33;

    /// <summary>output = dropout(input) + addend.</summary>
    /// <param name="output">rows x columns; overwritten. May be <paramref name="input"/> or <paramref name="addend"/> itself.</param>
    /// <param name="input">rows x columns.</param>
    /// <param name="addend">rows x columns, not dropped: the residual stream. Null: nothing is added.</param>
    /// <param name="probability">Of dropping an element, in [0, 1).</param>
    /// <param name="key">Which mask.</param>
    public void Apply(
        in Tensor<T> output,
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
        if (output.Length > MostElements)
            throw new ArgumentException($"Dropout of {output} elements: it has counters for {MostElements}.", nameof(output));
        uint threshold = (uint)Math.Ceiling(probability * 4294967296.0);
        Launch(output, input, addend, threshold, (float)(1 / (1 - (double)probability)), key);
    }

    /// <param name="output">rows x columns; overwritten.</param>
    /// <param name="input">rows x columns.</param>
    /// <param name="addend">rows x columns, or null.</param>
    /// <param name="threshold">The smallest word that keeps an element.</param>
    /// <param name="scale">What kept elements are multiplied by.</param>
    /// <param name="key">Which mask.</param>
    private protected abstract void Launch(
        in Tensor<T> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        uint threshold,
        float scale,
        DropoutKey key);
}

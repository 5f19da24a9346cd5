namespace Ilgpu.Pretrain.Data;

/// <summary>
/// A part from its beginning to its end in windows, every token but the first predicted exactly once. The last window is
/// padded to its length and the last batch to its size: padded inputs are 0, padded targets <see cref="NoTarget"/>.
/// For one thread at a time.
/// </summary>
public sealed class ValidationReader
{
    /// <summary>The target of a position that is not to be counted.</summary>
    public const int NoTarget = -1;

    private readonly TokenSpan part;
    private readonly int[] window;

    /// <param name="part">Usually <see cref="TokenDataset.Validation"/>.</param>
    /// <param name="length">Tokens that a window predicts.</param>
    /// <param name="batch">Windows a batch.</param>
    /// <param name="tokens">Reads only the first ones; at least 2, null or more than there are: all.</param>
    /// <exception cref="InputException">There are fewer than two tokens, so nothing to predict.</exception>
    public ValidationReader(TokenSpan part, int length, int batch, long? tokens = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        long read = Math.Min(tokens ?? part.Length, part.Length);
        if (read < 2)
            throw new InputException($"validation takes at least 2 tokens; {read} are asked for, the validation part has {part.Length}");
        this.part = part;
        Length = length;
        Batch = batch;
        Targets = read - 1;
        Batches = checked((int)DivideUp(DivideUp(Targets, length), batch));
        window = new int[length + 1];
    }

    public int Length { get; }

    public int Batch { get; }

    public int Batches { get; }

    /// <summary>Tokens that are predicted.</summary>
    public long Targets { get; }

    /// <summary>Reads one batch and gives the number of its targets that count.</summary>
    /// <param name="batch">In [0, Batches).</param>
    /// <param name="inputs">Batch x Length ids; overwritten.</param>
    /// <param name="targets">Batch x Length ids or <see cref="NoTarget"/>; overwritten.</param>
    public int Read(int batch, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(batch, Batches);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, Batch * Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, Batch * Length);
        inputs.Clear();
        targets.Fill(NoTarget);
        int counted = 0;
        for (int row = 0; row < Batch; row++)
        {
            long start = (((long)batch * Batch) + row) * Length;
            int predicted = (int)Math.Clamp(Targets - start, 0, Length);
            if (predicted == 0)
                break;
            Span<int> ids = window.AsSpan(0, predicted + 1);
            part.Read(start, ids);
            ids[..^1].CopyTo(inputs[(row * Length)..]);
            ids[1..].CopyTo(targets[(row * Length)..]);
            counted += predicted;
        }

        return counted;
    }

    private static long DivideUp(long value, long by) => (value + by - 1) / by;
}

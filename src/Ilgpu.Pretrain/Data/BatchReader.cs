namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Training batches in a seeded order. The first <c>tokens</c> tokens of a part are cut into windows: window w predicts
/// tokens [w length + 1, w length + length] from the ones before each. The windows that fill whole batches are the
/// training set, the same whatever the seed; what is left over (<see cref="UnusedTokens"/>) is not read in any epoch.
/// Each epoch reads every window once. Any step is found from (seed, step) alone. For one thread at a time.
/// </summary>
public sealed class BatchReader
{
    private readonly TokenSpan part;
    private readonly ShuffleMode shuffle;
    private readonly ulong seed;
    private readonly int[] order;
    private readonly int[] window;
    private long orderOf = -1;

    /// <param name="part">Usually <see cref="TokenDataset.Train"/>.</param>
    /// <param name="tokens">Tokens of the training subset: the first ones of the part.</param>
    /// <param name="length">Tokens that a window predicts.</param>
    /// <param name="batch">Windows a batch.</param>
    /// <param name="shuffle">Whether every epoch has an order of its own.</param>
    /// <param name="seed">Of the order.</param>
    /// <exception cref="InputException">The part has fewer tokens, or they do not fill one batch.</exception>
    public BatchReader(TokenSpan part, long tokens, int length, int batch, ShuffleMode shuffle, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (tokens > part.Length)
            throw new InputException($"tokens: {tokens} are asked for, the training part has {part.Length}");
        if (tokens < length + 1L)
            throw new InputException($"the training tokens ({tokens}) are fewer than one window takes ({length} and one to predict: {length + 1L})");
        long windows = (tokens - 1) / length;
        if (windows < batch)
            throw new InputException($"the training tokens ({tokens}) give {windows} windows of {length}, a batch takes {batch}");
        long batches = windows / batch;
        if (batches * batch > Array.MaxLength)
            throw new InputException($"{tokens} tokens in windows of {length} are {windows} windows, at most {Array.MaxLength} can be shuffled: take longer windows");

        this.part = part;
        this.shuffle = shuffle;
        this.seed = seed;
        Length = length;
        Batch = batch;
        BatchesPerEpoch = (int)batches;
        UnusedTokens = tokens - 1 - ((long)WindowsPerEpoch * length);
        order = new int[WindowsPerEpoch];
        window = new int[length + 1];
    }

    public int Length { get; }

    public int Batch { get; }

    public int BatchesPerEpoch { get; }

    public int WindowsPerEpoch => BatchesPerEpoch * Batch;

    /// <summary>Tokens at the end of the subset that do not fill a batch and are never predicted.</summary>
    public long UnusedTokens { get; }

    /// <summary>Reads the batch of a step, counted over all epochs from 0.</summary>
    /// <param name="step">Epoch times <see cref="BatchesPerEpoch"/> plus the batch within the epoch.</param>
    /// <param name="inputs">Batch x Length ids; overwritten.</param>
    /// <param name="targets">Batch x Length ids, each the one after its input; overwritten.</param>
    public void Read(long step, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, Batch * Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, Batch * Length);
        (long epoch, long batch) = Math.DivRem(step, BatchesPerEpoch);
        DrawOrder(shuffle == ShuffleMode.Once ? 0 : epoch);
        for (int row = 0; row < Batch; row++)
        {
            long start = (long)order[(batch * Batch) + row] * Length;
            part.Read(start, window);
            window.AsSpan(0, Length).CopyTo(inputs.Slice(row * Length, Length));
            window.AsSpan(1, Length).CopyTo(targets.Slice(row * Length, Length));
        }
    }

    private void DrawOrder(long epoch)
    {
        if (orderOf == epoch)
            return;
        SplitMix64 random = SplitMix64.Of(seed, (ulong)epoch);
        random.Permute(order);
        orderOf = epoch;
    }
}

namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Training batches in a seeded order of the first <c>tokens</c> tokens of a part. Window w predicts tokens [w length + 1,
/// w length + length] from the ones before each; an epoch reads as many windows as fill whole batches, each once, and
/// leaves out what is left over (<see cref="UnusedTokens"/>). By <see cref="ShuffleUnit.Windows"/> the windows are cut from
/// the tokens as they lie and read in random order: the same windows whatever the seed. By
/// <see cref="ShuffleUnit.Documents"/> they are cut from the documents in random order and read in sequence: of the same
/// tokens whatever the seed, each order leaves out others. Any step is found from (seed, step) alone. For one thread at a
/// time.
/// </summary>
public sealed class BatchReader : IStepReader
{
    private readonly ShuffleMode shuffle;
    private readonly ulong seed;
    private readonly EpochSequence sequence;
    private readonly int[] window;
    private long drawn = -1;

    /// <param name="part">Usually <see cref="TokenDataset.Train"/>.</param>
    /// <param name="tokens">Tokens of the training subset: the first ones of the part.</param>
    /// <param name="length">Tokens that a window predicts.</param>
    /// <param name="batch">Windows a batch.</param>
    /// <param name="shuffle">Whether every epoch has an order of its own.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="documentBounds">
    /// To permute whole documents: where those of the subset begin and where the last one ends, rising from 0 to
    /// <paramref name="tokens"/>, usually <see cref="TokenDataset.TrainDocumentBounds"/>. Null to permute windows.
    /// </param>
    /// <exception cref="InputException">The part has fewer tokens, or they do not fill one batch.</exception>
    public BatchReader(TokenSpan part, long tokens, int length, int batch, ShuffleMode shuffle, ulong seed, long[]? documentBounds = null)
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
            throw new InputException($"{tokens} tokens in windows of {length} are {windows} windows, an epoch takes at most {Array.MaxLength}: take longer windows");

        if (documentBounds is not null)
            RequireBounds(documentBounds, tokens);

        this.shuffle = shuffle;
        this.seed = seed;
        Length = length;
        Batch = batch;
        BatchesPerEpoch = (int)batches;
        UnusedTokens = tokens - 1 - ((long)WindowsPerEpoch * length);
        sequence = documentBounds is null
            ? new ShuffledWindows(part, WindowsPerEpoch, length)
            : new ShuffledDocuments(part, documentBounds, length);
        window = new int[length + 1];
    }

    public int Length { get; }

    public int Batch { get; }

    public int BatchesPerEpoch { get; }

    public int WindowsPerEpoch => BatchesPerEpoch * Batch;

    /// <summary>Tokens at the end of an epoch that do not fill a batch and are not predicted in it.</summary>
    public long UnusedTokens { get; }

    /// <summary>Reads the batch of a step, counted over all epochs from 0.</summary>
    /// <param name="step">Epoch times <see cref="BatchesPerEpoch"/> plus the batch within the epoch.</param>
    /// <param name="inputs">Batch x Length ids; overwritten.</param>
    /// <param name="targets">Batch x Length ids, each the one after its input; overwritten.</param>
    public void Read(long step, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, Batch * Length);
        ReadWindows(step * Batch, inputs, targets);
    }

    /// <summary>Reads windows that follow one another in the order of all epochs.</summary>
    /// <param name="first">Epoch times <see cref="WindowsPerEpoch"/> plus the window within the epoch.</param>
    /// <param name="inputs">As many windows of Length ids as are to be read; overwritten.</param>
    /// <param name="targets">As many ids, each the one after its input; overwritten.</param>
    public void ReadWindows(long first, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length % Length, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, inputs.Length);
        for (int row = 0; row < inputs.Length / Length; row++)
        {
            (long epoch, long index) = Math.DivRem(first + row, WindowsPerEpoch);
            Draw(shuffle == ShuffleMode.Once ? 0 : epoch);
            sequence.Read((int)index, window);
            window.AsSpan(0, Length).CopyTo(inputs.Slice(row * Length, Length));
            window.AsSpan(1, Length).CopyTo(targets.Slice(row * Length, Length));
        }
    }

    private void Draw(long epoch)
    {
        if (drawn == epoch)
            return;
        sequence.Draw(SplitMix64.Of(seed, (ulong)epoch));
        drawn = epoch;
    }

    private static void RequireBounds(long[] bounds, long tokens)
    {
        if (bounds.Length < 2 || bounds[0] != 0 || bounds[^1] != tokens)
            throw new ArgumentException($"The documents' bounds reach from 0 to the {tokens} tokens.", nameof(bounds));
        for (int document = 1; document < bounds.Length; document++)
        {
            if (bounds[document] <= bounds[document - 1])
                throw new ArgumentException($"The documents' bounds rise: {bounds[document]} follows {bounds[document - 1]}.", nameof(bounds));
        }
    }
}

namespace Ilgpu.Pretrain.Data;

/// <summary>A sequence of token ids that is read in pieces: a part of a dataset, or ids in memory.</summary>
public abstract class TokenSpan
{
    public abstract long Length { get; }

    public static TokenSpan Of(ReadOnlyMemory<int> ids) => new TokensInMemory(ids);

    /// <summary>Copies ids [start, start + ids.Length). From any number of threads at a time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The piece does not lie within the sequence.</exception>
    public void Read(long start, Span<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - ids.Length);
        Copy(start, ids);
    }

    private protected abstract void Copy(long start, Span<int> ids);

    private sealed class TokensInMemory(ReadOnlyMemory<int> tokens) : TokenSpan
    {
        public override long Length => tokens.Length;

        private protected override void Copy(long start, Span<int> ids) => tokens.Span.Slice((int)start, ids.Length).CopyTo(ids);
    }
}

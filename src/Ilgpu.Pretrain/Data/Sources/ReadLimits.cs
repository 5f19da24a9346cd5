namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>How much of a file is in memory at a time. Tests take less.</summary>
internal sealed record ReadLimits
{
    public static ReadLimits Default { get; } = new();

    /// <summary>Bytes of a segment that has a place to end at.</summary>
    public int SegmentBytes { get; init; } = 1 << 24;

    /// <summary>Bytes of a segment that has none: more are an error.</summary>
    public int MaximumSegmentBytes { get; init; } = TextDocument.MaximumBytes;

    /// <summary>Bytes of rows that are read at a time.</summary>
    public int BlockBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of a row: more are an error.</summary>
    public int MaximumRowBytes { get; init; } = 1 << 28;
}

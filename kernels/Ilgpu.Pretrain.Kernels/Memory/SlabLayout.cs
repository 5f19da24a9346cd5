namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A plan of one allocation: matrices laid end to end, each starting at a multiple of 64 elements: aligned for 16-byte loads whatever they are. Nothing is allocated
/// until <see cref="Slab{T}"/> takes the plan, so that its size can be judged first.
/// </summary>
public sealed class SlabLayout
{
    /// <summary>Elements that a matrix's start is rounded up to: 256 bytes of fp32 or int, 128 of bf16.</summary>
    private const int AlignmentElements = 64;

    private readonly List<SlabEntry> entries = [];

    /// <summary>Elements in all, gaps included.</summary>
    public long Length { get; private set; }

    public IReadOnlyList<SlabEntry> Entries => entries;

    /// <summary>Reserves a matrix.</summary>
    public SlabEntry Reserve(string name, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        var entry = new SlabEntry(name, Length, rows, columns);
        entries.Add(entry);
        Length += (entry.Length + AlignmentElements - 1) / AlignmentElements * AlignmentElements;
        return entry;
    }
}

/// <summary>A matrix's place in a slab: offset in elements, shape.</summary>
public sealed record SlabEntry(string Name, long Offset, int Rows, int Columns)
{
    public long Length => (long)Rows * Columns;
}

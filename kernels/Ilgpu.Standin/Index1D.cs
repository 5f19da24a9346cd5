namespace ILGPU;

/// <summary>A one-dimensional index or extent. Arithmetic goes through its conversions from and to int.</summary>
public readonly struct Index1D(int x) : IIndex
{
    public int X { get; } = x;

    long IIndex.Size => X;

    public static implicit operator int(Index1D idx) => idx.X;

    public static implicit operator Index1D(int idx) => new(idx);
}

namespace ILGPU;

/// <summary>An index, or the extent of an index space.</summary>
public interface IIndex
{
    /// <summary>The number of elements that this extent spans.</summary>
    long Size { get; }
}

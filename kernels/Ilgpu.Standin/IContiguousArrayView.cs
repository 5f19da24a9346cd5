namespace ILGPU;

/// <summary>A view whose elements lie side by side in memory.</summary>
public interface IContiguousArrayView : IArrayView
{
    /// <summary>The address of the first element.</summary>
    internal nint Address { get; }
}

namespace ILGPU;

/// <summary>A view of elements of a known type that lie side by side in memory.</summary>
public interface IContiguousArrayView<T> : IContiguousArrayView
    where T : unmanaged;

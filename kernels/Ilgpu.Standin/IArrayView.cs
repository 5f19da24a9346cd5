namespace ILGPU;

/// <summary>A view of a buffer's elements, whatever their type.</summary>
public interface IArrayView
{
    /// <summary>Length in elements.</summary>
    long Length { get; }

    /// <summary>Length in bytes.</summary>
    long LengthInBytes { get; }
}

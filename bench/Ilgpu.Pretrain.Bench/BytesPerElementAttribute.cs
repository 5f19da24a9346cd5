namespace Ilgpu.Pretrain.Bench;

/// <summary>How many bytes a benchmark moves between memory and processor for each of its <c>Elements</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BytesPerElementAttribute(int bytes) : Attribute
{
    public int Bytes { get; } = bytes;
}

using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// Moves tensors between a device and safetensors files through one host buffer of 4 MiB, allocated once: neither the
/// file nor a tensor is ever in host memory as a whole.
/// </summary>
public sealed class TensorFile
{
    private const int ChunkElements = 1 << 20;

    private readonly float[] chunk = new float[ChunkElements];

    /// <summary>Writes a new file and brings it to the disk.</summary>
    /// <returns>Its SHA-256 in lower-case hexadecimal.</returns>
    /// <exception cref="NotFiniteNumberException">A tensor has an element that is not finite; which one, the message says.</exception>
    public string Save(string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var writer = new SafetensorsWriter(path, tensors.Select(tensor => (tensor.Name, tensor.Shape)), metadata);
        foreach (NamedTensor tensor in tensors)
        {
            for (long first = 0; first < tensor.Values.Length; first += ChunkElements)
            {
                Span<float> elements = HostChunk(tensor, first);
                Part(tensor, first, elements.Length).CopyTo(elements);
                RequireFinite(tensor, elements);
                writer.Write(elements);
            }
        }

        return writer.Finish();
    }

    /// <summary>Fills the tensors from files that have each of them, by name, in fp32, bf16 or fp16.</summary>
    /// <param name="path">A safetensors file, or the index of several.</param>
    /// <param name="tensors">To be filled.</param>
    /// <exception cref="InputException">A file is damaged, or a tensor is missing or of another shape or type.</exception>
    public void Load(string path, IReadOnlyList<NamedTensor> tensors)
    {
        using SafetensorsWeights weights = SafetensorsWeights.Open(path);
        foreach (NamedTensor tensor in tensors)
        {
            weights.Require(tensor.Name, tensor.Shape);
            for (long first = 0; first < tensor.Values.Length; first += ChunkElements)
            {
                Span<float> elements = HostChunk(tensor, first);
                weights.Read(tensor.Name, first, elements);
                Part(tensor, first, elements.Length).CopyFrom(elements);
            }
        }
    }

    private Span<float> HostChunk(NamedTensor tensor, long first) =>
        chunk.AsSpan(0, (int)Math.Min(ChunkElements, tensor.Values.Length - first));

    private static Tensor<float> Part(NamedTensor tensor, long first, int count) =>
        new(tensor.Values.View.SubView(first, count), 1, count);

    private static void RequireFinite(NamedTensor tensor, ReadOnlySpan<float> elements)
    {
        if (!FiniteElements.All(elements))
            throw new NotFiniteNumberException($"'{tensor.Name}' has an element that is not finite.");
    }
}

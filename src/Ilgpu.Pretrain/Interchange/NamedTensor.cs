using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>A tensor on a device under the name and shape that a file gives it.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its extents in the file; as many elements as <paramref name="Values"/>.</param>
/// <param name="Values">Where it lies.</param>
public sealed record NamedTensor(string Name, IReadOnlyList<long> Shape, Tensor<float> Values);

using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Training;

/// <summary>A slab's parameters as checkpoints name them: Hugging Face Llama names.</summary>
public static class CheckpointTensors
{
    /// <param name="layout">Of the slab.</param>
    /// <param name="slab">Parameters, or something laid out like them, or a part of that: whole matrices, all of whose parameters it has.</param>
    /// <param name="prefix">Before each name.</param>
    public static IEnumerable<NamedTensor> Of(ParameterLayout layout, Slab<float> slab, string prefix = "") =>
        layout.Named.Where(parameter => slab.Holds(parameter.Entry)).Select(parameter => new NamedTensor(
            prefix + parameter.Name,
            [.. parameter.Shape.Select(extent => (long)extent)],
            parameter.In(slab)));

    /// <summary>Fills a model's parameters from a checkpoint's model.safetensors, or from the files of an index.</summary>
    /// <exception cref="InputException">A file is damaged or does not fit the model.</exception>
    public static void LoadInto(LlamaModel model, string path) =>
        new TensorFile().Load(path, [.. Of(model.Layout, model.Parameters)]);
}

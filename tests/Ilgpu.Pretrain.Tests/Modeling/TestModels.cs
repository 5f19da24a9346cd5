using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>Small models of which tests vary one thing at a time.</summary>
internal static class TestModels
{
    /// <summary>Two layers, grouped key/value heads, extents that no block size divides.</summary>
    public static LlamaConfig Tiny { get; } = new()
    {
        Name = "tiny",
        Hidden = 24,
        Mlp = 40,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        Vocabulary = 37,
        Context = 300,
    };

    /// <summary>A model whose gains are not all one, so that an error in their use shows.</summary>
    public static LlamaModel Create(LlamaConfig config, LlamaModelOptions options, int seed = 1, Device? device = null)
    {
        var model = new LlamaModel(device ?? TestDevices.Cpu, config, options);
        model.Initialize((ulong)seed);
        var inputs = new Inputs(seed);
        foreach (NamedParameter gain in model.Layout.Named.Where(each => each.IsGain))
            gain.In(model.Parameters).CopyFrom(inputs.Uniform(gain.Columns, .5, 1.5));
        return model;
    }

    /// <summary>Ids and next ids of whole sequences; every seventh target is left out.</summary>
    public static (int[] Inputs, int[] Targets) Batch(LlamaConfig config, int tokens, int seed)
    {
        var inputs = new Inputs(seed);
        int[] ids = inputs.Integers(tokens, 0, config.Vocabulary);
        int[] targets = inputs.Integers(tokens, 0, config.Vocabulary);
        for (int i = 6; i < tokens; i += 7)
            targets[i] = -1;
        return (ids, targets);
    }

    /// <summary>All parameters, or gradients, of a slab by name, as the fp64 reference takes them.</summary>
    public static Dictionary<string, double[]> Widened(LlamaModel model, Slab<float> slab) =>
        model.Layout.Named.ToDictionary(each => each.Name, each => each.In(slab).ToArray().ToDoubles());

    /// <summary>The model's parameters in an fp64 network.</summary>
    public static ReferenceLlama ReferenceOf(LlamaModel model, double[][]? dropoutMasks = null) =>
        new(model.Config, Widened(model, model.Parameters)) { DropoutMasks = dropoutMasks };

    /// <summary>The losses and the bits of all gradients of one micro-batch.</summary>
    public static (float[] Losses, float[] Gradients) Run(
        LlamaModel model,
        int[] inputs,
        int[] targets,
        float scale = 1,
        bool accumulate = false)
    {
        model.ForwardBackward(inputs, targets, scale, accumulate, dropoutSeed: 5, dropoutStep: 7);
        var losses = new float[inputs.Length];
        model.CopyLosses(losses);
        return (losses, AllOf(model.Gradients));
    }

    /// <summary>Every element of a slab, gaps included.</summary>
    public static float[] AllOf(Slab<float> slab) =>
        new Tensor<float>(slab.View, 1, checked((int)slab.View.Length)).ToArray();
}

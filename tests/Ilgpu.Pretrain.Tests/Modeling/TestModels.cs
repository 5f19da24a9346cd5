using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>Small configurations of which tests vary one thing at a time.</summary>
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
        Context = 64,
    };
}

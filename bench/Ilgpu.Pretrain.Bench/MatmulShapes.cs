using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A product that a transformer's training step asks for.</summary>
public readonly record struct MatmulCase(MatmulLayout Layout, int M, int N, int K)
{
    public MatmulShape Shape => new(M, N, K);

    public override string ToString() => $"{Layout} {M} x {N} x {K}";
}

/// <summary>The products of a step: forward (NT), gradient of the input (NN), gradient of the weights (TN).</summary>
internal static class MatmulShapes
{
    /// <summary>Width 768, as of the 124M-parameter models: projections, the MLP, the head for a chunk of tokens.</summary>
    public static IReadOnlyList<MatmulCase> Large { get; } =
    [
        .. Layer(512, 768, 768),
        .. Layer(512, 2304, 768),
        .. Layer(1024, 768, 2048),
        .. Layer(2048, 4096, 768),
        .. Layer(4096, 768, 768),
        .. Layer(128, 50257, 768),
        .. Layer(512, 1792, 512),
    ];

    /// <summary>The miniature family, and generating one token.</summary>
    public static IReadOnlyList<MatmulCase> Small { get; } =
    [
        .. Layer(512, 64, 64),
        .. Layer(512, 224, 64),
        .. Layer(512, 128, 128),
        .. Layer(512, 448, 128),
        .. Layer(512, 256, 256),
        .. Layer(512, 896, 256),
        .. Layer(512, 257, 64),
        .. Layer(512, 1024, 256),
        new(MatmulLayout.NT, 1, 2304, 768),
        new(MatmulLayout.NT, 4, 896, 256),
    ];

    /// <summary>One linear layer's products, forward and backward.</summary>
    public static MatmulCase[] Layer(int tokens, int outputs, int inputs) =>
    [
        new(MatmulLayout.NT, tokens, outputs, inputs),
        new(MatmulLayout.NN, tokens, inputs, outputs),
        new(MatmulLayout.TN, outputs, inputs, tokens),
    ];
}

using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// The shape of a Llama decoder: pre-RMSNorm, rotary positions, causal attention with grouped key/value heads, SwiGLU,
/// no biases.
/// </summary>
public sealed record LlamaConfig
{
    /// <summary>A name for people; it decides nothing.</summary>
    public string Name { get; init; } = "custom";

    /// <summary>Features of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Features inside the SwiGLU block.</summary>
    public required int Mlp { get; init; }

    public required int Layers { get; init; }

    /// <summary>Query heads; their number divides <see cref="Hidden"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads; their number divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Tokens that the embedding and the output head know.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Positions the model is meant for.</summary>
    public required int Context { get; init; }

    public double RopeTheta { get; init; } = 10000;

    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether the output head is the input embedding itself.</summary>
    public bool TiedEmbeddings { get; init; }

    [JsonIgnore]
    public int HeadSize => Hidden / Heads;

    /// <summary>Rows of the fused matrix of query, key and value projections.</summary>
    [JsonIgnore]
    public int QkvColumns => (Heads + (2 * KeyValueHeads)) * HeadSize;

    /// <summary>All parameters.</summary>
    [JsonIgnore]
    public long ParameterCount => ParameterCountWithoutEmbeddings + (EmbeddingCount * (TiedEmbeddings ? 1 : 2));

    /// <summary>Parameters but the input embedding and the output head.</summary>
    [JsonIgnore]
    public long ParameterCountWithoutEmbeddings => (Layers * (LayerMatrixCount + (2L * Hidden))) + Hidden;

    /// <summary>Parameters that take part in a matrix product: every matrix, the output head too, but not the input embedding's look-up.</summary>
    [JsonIgnore]
    public long MatmulParameterCount => (Layers * LayerMatrixCount) + EmbeddingCount;

    private long EmbeddingCount => (long)Vocabulary * Hidden;

    private long LayerMatrixCount => ((long)(QkvColumns + Hidden) * Hidden) + (3L * Mlp * Hidden);

    /// <summary>
    /// Floating-point operations a token of the forward pass: 2 for each parameter in a matrix product, and attention's
    /// 4 for each layer, feature and visible position ((length + 1) / 2 on average under the causal mask).
    /// </summary>
    public double ForwardFlopsPerToken(int length) =>
        (2.0 * MatmulParameterCount) + (4.0 * Layers * Heads * HeadSize * ((length + 1) / 2.0));

    /// <summary>
    /// Floating-point operations a token of a training step: three forward passes' worth, since the backward pass has two
    /// products for each of the forward's. What recomputation repeats is not counted.
    /// </summary>
    public double TrainingFlopsPerToken(int length) => 3 * ForwardFlopsPerToken(length);

    /// <exception cref="InputException">A field is out of its range or does not fit another one.</exception>
    public void Validate()
    {
        RequireRange("hidden", Hidden, 65536);
        RequireRange("mlp", Mlp, 1 << 20);
        RequireRange("layers", Layers, 1024);
        RequireRange("heads", Heads, 1024);
        RequireRange("keyValueHeads", KeyValueHeads, 1024);
        RequireRange("vocabulary", Vocabulary, 1 << 22);
        RequireRange("context", Context, 1 << 20);
        if (Hidden % Heads != 0)
            throw Wrong($"heads has to divide hidden ({Hidden}); it is {Heads}");
        if (HeadSize % 2 != 0)
            throw Wrong($"hidden / heads has to be even for rotary positions; {Hidden} / {Heads} is {HeadSize}");
        if (Heads % KeyValueHeads != 0)
            throw Wrong($"keyValueHeads has to divide heads ({Heads}); it is {KeyValueHeads}");
        if (!(RopeTheta > 1 && RopeTheta <= 1e12))
            throw Wrong($"ropeTheta has to lie above 1 and at most at 1e12; it is {RopeTheta}");
        if (!(NormEpsilon > 0 && NormEpsilon <= 1))
            throw Wrong($"normEpsilon has to lie above 0 and at most at 1; it is {NormEpsilon}");
    }

    private void RequireRange(string field, int value, int largest)
    {
        if (value < 1 || value > largest)
            throw Wrong($"{field} has to lie in 1 to {largest}; it is {value}");
    }

    private InputException Wrong(string what) => new($"Model '{Name}': {what}.");
}

using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Training steps that differ in one extent.</summary>
/// <param name="Name">The extent.</param>
/// <param name="What">What is held fixed.</param>
/// <param name="Cases">From the smallest extent to the largest.</param>
internal sealed record ScalingAxis(string Name, string What, IReadOnlyList<(int Extent, StepCase Step)> Cases)
{
    private const int Hidden = 256;
    private const int Layers = 4;
    private const int Vocabulary = 1024;
    private const int Batch = 4;
    private const int Length = 128;
    private const int HeadSize = 32;

    private const string Fixed = "4 layers x 256, MLP 896, heads of 32, vocabulary 1024, batch 4 x 128";

    public static IReadOnlyList<ScalingAxis> All { get; } =
    [
        new("tokens", $"batches of 128-token windows; else {Fixed}", [.. Of([1, 2, 4, 8, 16], batch => (batch * Length, new StepCase(Model(), batch, Length)))]),
        new("context", $"2048 tokens in windows of this length; else {Fixed}", [.. Of([64, 128, 256, 512, 1024, 2048], length => (length, new StepCase(Model(context: length), 2048 / length, length)))]),
        new("width", $"MLP 3.5 times as wide; else {Fixed}", [.. Of([32, 64, 128, 256, 512, 768, 1024], width => (width, new StepCase(Model(hidden: width), Batch, Length)))]),
        new("depth", Fixed, [.. Of([1, 2, 4, 8, 16], layers => (layers, new StepCase(Model(layers: layers), Batch, Length)))]),
        new("vocabulary", Fixed, [.. Of([256, 1024, 4096, 16384, 50257], vocabulary => (vocabulary, new StepCase(Model(vocabulary: vocabulary), Batch, Length)))]),
    ];

    private static IEnumerable<(int Extent, StepCase Step)> Of(int[] extents, Func<int, (int Extent, StepCase Step)> step) => extents.Select(step);

    private static LlamaConfig Model(int hidden = Hidden, int layers = Layers, int vocabulary = Vocabulary, int context = Length) => new()
    {
        Name = "scaling",
        Hidden = hidden,
        Mlp = hidden * 7 / 2,
        Layers = layers,
        Heads = hidden / HeadSize,
        KeyValueHeads = hidden / HeadSize,
        Vocabulary = vocabulary,
        Context = context,
    };
}

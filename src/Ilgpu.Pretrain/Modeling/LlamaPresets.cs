namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// Models by name: the six of 'Pre-training under infinite compute' (arXiv 2509.14786), and a miniature family with the
/// paper's ratio of parameters to tokens, for machines a thousand times smaller.
/// </summary>
public static class LlamaPresets
{
    /// <summary>Llama 3's tokenizer.</summary>
    private const int PaperVocabulary = 128256;

    private const int PaperContext = 4096;

    /// <summary>A miniature's until a dataset's tokenizer sets it: bytes and an end-of-text token fit.</summary>
    private const int MiniatureVocabulary = 1024;

    private const int MiniatureContext = 128;

    public static IReadOnlyList<LlamaConfig> All { get; } =
    [
        Paper("150m", 512, 6, 8, 8),
        Paper("300m", 768, 12, 12, 12),
        Paper("600m", 1024, 24, 16, 8),
        Paper("1.4b", 2048, 16, 16, 8),
        Paper("1.5b", 1536, 36, 16, 8),
        Paper("3.2b", 2048, 48, 16, 8),
        Miniature("mini-xxs", 32, 2, 2),
        Miniature("mini-xs", 48, 2, 3),
        Miniature("mini-s", 64, 3, 4),
        Miniature("mini-m", 96, 4, 6),
        Miniature("mini-l", 128, 5, 4),
        Miniature("mini-xl", 192, 6, 6),
        Miniature("mini-xxl", 256, 8, 8),
    ];

    /// <summary>The preset of this name in any case, or null.</summary>
    public static LlamaConfig? Find(string name) =>
        All.FirstOrDefault(preset => string.Equals(preset.Name, name, StringComparison.OrdinalIgnoreCase));

    private static LlamaConfig Paper(string name, int hidden, int layers, int heads, int keyValueHeads) => new()
    {
        Name = name,
        Hidden = hidden,
        Mlp = MlpOf(hidden),
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        Vocabulary = PaperVocabulary,
        Context = PaperContext,
    };

    private static LlamaConfig Miniature(string name, int hidden, int layers, int heads) => new()
    {
        Name = name,
        Hidden = hidden,
        Mlp = MlpOf(hidden),
        Layers = layers,
        Heads = heads,
        KeyValueHeads = heads,
        Vocabulary = MiniatureVocabulary,
        Context = MiniatureContext,
    };

    private static int MlpOf(int hidden) => hidden * 7 / 2;
}

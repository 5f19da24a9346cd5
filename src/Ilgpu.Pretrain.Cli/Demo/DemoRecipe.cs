using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>One of the recipes that the demo compares.</summary>
/// <param name="Name">What the table and the JSON call it.</param>
/// <param name="LearningRate">Tuned beforehand, on other seeds than the demo's.</param>
/// <param name="Epochs">Tuned beforehand.</param>
/// <param name="WeightDecay">.1 for the standard recipe; tuned beforehand for the regularised one.</param>
internal sealed record DemoRecipe(string Name, double LearningRate, int Epochs, double WeightDecay)
{
    /// <summary>
    /// Few enough tokens that the model could learn them by heart, as in the setting where text is fixed and compute is
    /// not: what is seen then is what a recipe makes of more compute. How the scale was chosen is in docs/LOG.md.
    /// </summary>
    private const long TrainingTokens = 100_000;

    private const long ValidationTokens = 131_072;
    private const int Batch = 4;
    private const int Length = 128;

    public static IReadOnlyList<DemoRecipe> All { get; } =
    [
        new("standard", LearningRate: 1e-2, Epochs: 8, WeightDecay: .1),
        new("regularised", LearningRate: 3e-3, Epochs: 16, WeightDecay: 3.2),
    ];

    /// <summary>The run of this recipe on the demo's dataset.</summary>
    public TrainingConfig ConfigFor(TokenDataset dataset, uint seed)
    {
        LlamaConfig model = LlamaConfigFile.PresetOrFile("mini-s") with { Vocabulary = dataset.Tokenizer.VocabularySize };
        return new TrainingConfig
        {
            Model = model,
            DatasetHash = dataset.Hash,
            Tokens = TrainingTokens,
            ValidationTokens = ValidationTokens,
            Batch = Batch,
            Length = Length,
            LearningRate = LearningRate,
            Epochs = Epochs,
            WeightDecay = WeightDecay,
            InitializationSeed = seed,
            DataSeed = seed,
        };
    }
}

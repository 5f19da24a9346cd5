using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>One of the recipes that the demo compares.</summary>
/// <param name="Name">What the table and the JSON call it.</param>
/// <param name="LearningRate">Tuned beforehand, on other seeds than the demo's.</param>
/// <param name="Epochs">Tuned beforehand.</param>
/// <param name="WeightDecay">.1 for the standard recipe; tuned beforehand for the others.</param>
/// <param name="Members">Models whose logits are averaged; 1 for a single model.</param>
internal sealed record DemoRecipe(string Name, double LearningRate, int Epochs, double WeightDecay, int Members = 1)
{
    /// <summary>What text the demo learns from, and the tokens that it is written in.</summary>
    public const string Source = "dotnet-docs";

    public const string Tokenizer = "bpe:1024";

    /// <summary>
    /// Few enough tokens that the model could learn them by heart, as in the setting where text is fixed and compute is
    /// not: what is seen then is what a recipe makes of more compute. How the scale was chosen is in docs/LOG.md.
    /// </summary>
    private const long TrainingTokens = 51_200;

    private const long ValidationTokens = 131_072;
    private const int Batch = 4;
    private const int Length = 128;
    private const int EnsembleSize = 4;

    /// <summary>Seeds of one ensemble's members are so far apart that those of the reported seeds are all different.</summary>
    private const uint SeedsApart = 10;

    public static DemoRecipe Standard { get; } = new("standard", LearningRate: 1e-2, Epochs: 4, WeightDecay: .1);

    public static DemoRecipe Regularised { get; } = new("regularised", LearningRate: 1e-2, Epochs: 8, WeightDecay: 1.6);

    public static DemoRecipe Ensemble { get; } = new("ensemble", LearningRate: 3e-3, Epochs: 16, WeightDecay: 1.6, Members: EnsembleSize);

    /// <summary>As many standard models: what averaging alone brings.</summary>
    public static DemoRecipe StandardEnsemble { get; } = Standard with { Name = "standard ensemble", Members = EnsembleSize };

    /// <summary>The three of the story, in its order.</summary>
    public static IReadOnlyList<DemoRecipe> Story { get; } = [Standard, Regularised, Ensemble];

    public static IReadOnlyList<DemoRecipe> All { get; } = [.. Story, StandardEnsemble];

    /// <summary>The runs of this recipe on the demo's dataset, one a member.</summary>
    public IReadOnlyList<TrainingConfig> ConfigsFor(TokenDataset dataset, uint seed)
    {
        LlamaConfig model = LlamaConfigFile.PresetOrFile("mini-s") with { Vocabulary = dataset.Tokenizer.VocabularySize };
        var config = new TrainingConfig
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
        };
        return [.. Enumerable.Range(0, Members).Select(member => config.WithSeed(checked(seed + ((uint)member * SeedsApart))))];
    }
}

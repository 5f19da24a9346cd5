using System.Text.Json;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>Everything that decides what a tuning finds; its hash is the tuning's name.</summary>
public sealed record TuningPlan
{
    private const int MostMembers = 1000;
    private const int MostNoiseSeeds = 1000;

    /// <summary>Of the first run: its learning rate, epochs and weight decay are the start's.</summary>
    public required TrainingConfig Config { get; init; }

    public required TuningGrid Grid { get; init; }

    public TuningRecipe Recipe { get; init; } = TuningRecipe.Regularised;

    /// <summary>Models whose averaged logits give a point's loss: their seeds are the configuration's and the next ones. 1 for a single model.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Trials at the optimum with other seeds; 0 for none.</summary>
    public int NoiseSeeds { get; init; } = 3;

    [JsonIgnore]
    public TuningPoint Start => PointOf(Config);

    /// <summary>The tuning's name: the first digits of the canonical JSON's SHA-256. The model's name has no part in it.</summary>
    [JsonIgnore]
    public string Id => ContentDigest.IdOf(ContentDigest.Of(JsonSerializer.SerializeToUtf8Bytes(
        this with { Config = Config with { Model = Config.Model with { Name = "" } } },
        RunJson.Compact)));

    public static TuningPoint PointOf(TrainingConfig config) => new(config.LearningRate, config.Epochs, config.WeightDecay);

    /// <summary>The runs whose losses decide a trial: one, or the ensemble's members in their order.</summary>
    public IReadOnlyList<TrainingConfig> RunsOf(TuningTrial trial)
    {
        TrainingConfig config = At(trial.Point);
        return [.. Enumerable.Range(trial.Repeat * Members, Members).Select(offset => WithLaterSeeds(config, (uint)offset))];
    }

    /// <exception cref="InputException">A value cannot be used: names its flag, what it was given and what it takes.</exception>
    public void Validate()
    {
        InputException.ThrowUnless(Config.StepLimit is null, "--steps", Config.StepLimit, "nothing where epochs are tuned: they say how long a run is");
        InputException.ThrowUnless(Members is >= 1 and <= MostMembers, "--members", Members, $"a whole number from 1 to {MostMembers}");
        InputException.ThrowUnless(NoiseSeeds is >= 0 and <= MostNoiseSeeds, "--noise-seeds", NoiseSeeds, $"a whole number from 0 to {MostNoiseSeeds}");
        Grid.Validate();
        Grid.RequireOn(Start);
        uint offsets = checked((uint)((NoiseSeeds + 1) * Members) - 1);
        InputException.ThrowUnless(Config.DropoutSeed <= uint.MaxValue - offsets, "--seed", Config.DropoutSeed, $"a whole number with {offsets} more after it up to {uint.MaxValue}");
        InputException.ThrowUnless(Config.InitializationSeed <= ulong.MaxValue - offsets, "--init-seed", Config.InitializationSeed, $"a whole number with {offsets} more after it up to {ulong.MaxValue}");
        InputException.ThrowUnless(Config.DataSeed <= ulong.MaxValue - offsets, "--data-seed", Config.DataSeed, $"a whole number with {offsets} more after it up to {ulong.MaxValue}");
        // What a run takes of the three is bounded by intervals, and by the product of rate and decay: the corners decide.
        At(new TuningPoint(Grid.LearningRates[0], Grid.Epochs[0], Grid.WeightDecays[0])).Validate();
        At(new TuningPoint(Grid.LearningRates[^1], Grid.Epochs[^1], Grid.WeightDecays[^1])).Validate();
    }

    private TrainingConfig At(TuningPoint point) =>
        Config with { LearningRate = point.LearningRate, Epochs = point.Epochs, WeightDecay = point.WeightDecay };

    /// <summary>With equal seeds this is <see cref="TrainingConfig.WithSeed"/>: the same runs as those of 'ensemble'.</summary>
    private static TrainingConfig WithLaterSeeds(TrainingConfig config, uint offset) => config with
    {
        InitializationSeed = config.InitializationSeed + offset,
        DataSeed = config.DataSeed + offset,
        DropoutSeed = config.DropoutSeed + offset,
    };
}

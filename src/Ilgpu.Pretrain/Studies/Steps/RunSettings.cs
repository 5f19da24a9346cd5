using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// What a step says of its runs: its recipes' settings and its own, in the order in which they apply. With a tuning they are changes
/// of its optimum.
/// </summary>
internal sealed record RunSettings
{
    /// <summary>As <c>pretrain train</c> has them.</summary>
    private const int DefaultBatch = 4;

    /// <summary>Instead of a dataset that is not there yet, where a configuration is only checked.</summary>
    private static readonly DatasetIdentity Unknown = new("unknown", 257, 1L << 40, 1L << 40);

    public static RunSettings None { get; } = new();

    public DatasetStep? Data { get; init; }

    /// <summary>Its vocabulary is the dataset's.</summary>
    public LlamaConfig? Model { get; init; }

    public TuningStep? Tuning { get; init; }

    public IReadOnlyList<RunAssignment> Assignments { get; init; } = [];


    /// <summary>Whether a setting is said, or follows from a tuning's.</summary>
    public bool Says(string key) => Assignments.Any(assignment => assignment.Setting.Key == key);

    /// <summary>These settings, and what more is said.</summary>
    public RunSettings Then(RunSettings more) => new()
    {
        Data = more.Data ?? Data,
        Model = more.Model ?? Model,
        Tuning = more.Tuning ?? Tuning,
        // A tuning's optimum is a whole configuration: what was said before it counts no more.
        Assignments = more.Tuning is null ? [.. Assignments, .. more.Assignments] : more.Assignments,
    };

    public RunSettings Then(RunAssignment assignment) => this with { Assignments = [.. Assignments, assignment] };

    /// <summary>The configuration of a run.</summary>
    /// <param name="dataset">What <see cref="Data"/> is.</param>
    /// <param name="precision">Where none is said.</param>
    /// <param name="optimum">Of the tuning; null where there is none.</param>
    /// <param name="place">Of the step, for what is wrong with the whole.</param>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public TrainingConfig Build(DatasetIdentity dataset, ComputePrecision precision, TrainingConfig? optimum, Place place)
    {
        LlamaConfig model = (Model ?? optimum!.Model) with { Vocabulary = dataset.Vocabulary };
        TrainingConfig config = (optimum ?? new TrainingConfig
        {
            Model = model,
            DatasetHash = dataset.Hash,
            Tokens = dataset.TrainTokens,
            Batch = DefaultBatch,
            Length = model.Context,
            Precision = precision,
        }) with
        { Model = model, DatasetHash = dataset.Hash };
        if (optimum is not null && optimum.DatasetHash != dataset.Hash && !Says("tokens"))
            config = config with { Tokens = dataset.TrainTokens };
        foreach (RunAssignment assignment in Assignments)
            assignment.Apply(config);
        config = config with { Model = model with { Context = Math.Max(model.Context, config.Length) } };
        try
        {
            config.Validate();
        }
        catch (InputException e)
        {
            throw PlaceOf(e, place).Error(e.Message, e);
        }

        return config;
    }

    /// <summary>Whether the values could be a run's, before a dataset is there or a tuning done.</summary>
    /// <exception cref="InputException">They could not.</exception>
    public void Check(Place place)
    {
        if (Tuning is null)
            BuildUnknown(place);
    }

    /// <summary>The configuration on a dataset that nothing is known of.</summary>
    public TrainingConfig BuildUnknown(Place place) => Build(Unknown, ComputePrecision.Fp32, null, place);

    /// <summary>What a run of these is like as far as memory goes: the vocabulary is its model's, a tuning's optimum its start.</summary>
    public TrainingConfig Shape(Place place)
    {
        TrainingConfig? start = Tuning?.Settings.Shape(place);
        return Build(Unknown with { Vocabulary = (Model ?? start!.Model).Vocabulary }, ComputePrecision.Fp32, start, place);
    }

    /// <summary>Where the setting was said that an error names by its flag; else the step's place.</summary>
    private Place PlaceOf(InputException e, Place step) =>
        Assignments.LastOrDefault(assignment => e.Message.StartsWith($"--{assignment.Setting.Key} ", StringComparison.Ordinal))?.Place ?? step;
}

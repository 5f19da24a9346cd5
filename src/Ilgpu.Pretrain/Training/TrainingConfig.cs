using System.Text.Json;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Everything that decides the result of a run; its hash is the run's name. What only decides how a run is carried out is
/// in <see cref="TrainingOptions"/>. The defaults are those of the 'infinite compute' recipe.
/// </summary>
public sealed record TrainingConfig
{
    public required LlamaConfig Model { get; init; }

    /// <summary><see cref="TokenDataset.Hash"/>.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>Training tokens: the first ones of the dataset's training part, whatever the seeds.</summary>
    public required long Tokens { get; init; }

    public int Epochs { get; init; } = 1;

    /// <summary>
    /// Optimizer steps that the run and its schedule span instead of whole <see cref="Epochs"/>, which is 1 then; the last
    /// epoch may end early. Null for <see cref="Epochs"/>.
    /// </summary>
    public long? StepLimit { get; init; }

    /// <summary>Validation tokens that losses are measured on: the first ones of the validation part; null for all.</summary>
    public long? ValidationTokens { get; init; }

    /// <summary>Windows a forward and backward pass; a step takes <see cref="Accumulation"/> times as many.</summary>
    public required int Batch { get; init; }

    /// <summary>Tokens a window predicts.</summary>
    public required int Length { get; init; }

    /// <summary>Passes whose gradients are added up before a step.</summary>
    public int Accumulation { get; init; } = 1;

    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>The schedule's peak.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Share of all steps.</summary>
    public double WarmUpShare { get; init; } = LearningRateSchedule.DefaultWarmUpShare;

    /// <summary>Share of all steps that <see cref="ScheduleKind.Wsd"/> decays over.</summary>
    public double DecayShare { get; init; } = LearningRateSchedule.DefaultDecayShare;

    /// <summary>Cycles of <see cref="ScheduleKind.Cyclic"/>, at the end of each of which a snapshot is kept; null for the others.</summary>
    public int? Cycles { get; init; }

    /// <summary>Decoupled, multiplied by the learning rate; norms and the input embedding are not decayed.</summary>
    public double WeightDecay { get; init; } = .1;

    /// <summary>Left out of the JSON where it is AdamW, the only one that runs from before had.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>The schedule's peak for the matrices that Muon updates; null for <see cref="LearningRate"/>.</summary>
    public double? MuonLearningRate { get; init; }

    /// <summary>Decay of Muon's momentum; null for <see cref="MuonSettings.DefaultMomentum"/>.</summary>
    public double? MuonMomentum { get; init; }

    public double Beta1 { get; init; } = .9;

    public double Beta2 { get; init; } = .95;

    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Global gradient norm to clip to; infinity for none.</summary>
    public double ClipNorm { get; init; } = 1;

    public ShuffleMode Shuffle { get; init; } = ShuffleMode.Once;

    /// <summary>Left out of the JSON where it is windows, so that runs from before there was a choice keep their hash.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ShuffleUnit Order { get; init; } = ShuffleUnit.Windows;

    /// <summary>Of the initial parameters.</summary>
    public ulong InitializationSeed { get; init; }

    /// <summary>Of the order of the windows or documents.</summary>
    public ulong DataSeed { get; init; }

    /// <summary>Probability of dropping an element after the embedding and at the end of each residual branch.</summary>
    public double Dropout { get; init; }

    /// <summary>Of the dropout masks.</summary>
    public uint DropoutSeed { get; init; }

    public ComputePrecision Precision { get; init; } = ComputePrecision.Fp32;

    /// <summary>A second dataset; null for none.</summary>
    public MixedData? Mixed { get; init; }

    /// <summary>The run that this one starts from; null for parameters drawn from <see cref="InitializationSeed"/>.</summary>
    public RunStart? Start { get; init; }

    /// <summary>Teachers to learn from beside the text; null for the text alone.</summary>
    public SoftLabels? SoftLabels { get; init; }

    /// <summary>How <see cref="WeightDecay"/> goes on. Left out of the JSON where it is constant, as <see cref="Order"/> is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public WeightDecayKind WeightDecaySchedule { get; init; } = WeightDecayKind.Constant;

    /// <summary>The last step's weight decay, where the schedule goes from one to another.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double FinalWeightDecay { get; init; }

    /// <summary>Decay of the parameters' moving average, which is what the run gives; null for the parameters of the last step.</summary>
    public double? Ema { get; init; }

    /// <summary>
    /// Weight of (log Z)^2 a token beside the loss, Z the softmax's denominator (PaLM, arXiv 2204.02311). It is in the
    /// gradients alone: every loss that is told is the cross-entropy.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double ZLoss { get; init; }

    /// <summary>Pruning while the run trains; null for none.</summary>
    public GradualPruning? Pruning { get; init; }

    /// <summary><see cref="Numerics.Version"/> of the program that runs it.</summary>
    public int NumericsVersion { get; init; } = Numerics.Version;

    /// <summary>The canonical JSON's SHA-256, in lower-case hexadecimal. The model's name has no part in it.</summary>
    [JsonIgnore]
    public string Hash => ContentDigest.Of(JsonSerializer.SerializeToUtf8Bytes(
        this with { Model = Model with { Name = "" } },
        RunJson.Compact));

    /// <summary>The run's name: the hash's first digits.</summary>
    [JsonIgnore]
    public string Id => ContentDigest.IdOf(Hash);

    /// <summary>Windows an optimizer step takes.</summary>
    [JsonIgnore]
    public int WindowsPerStep => checked(Batch * Accumulation);

    /// <summary>Tokens an optimizer step predicts.</summary>
    [JsonIgnore]
    public long TokensPerStep => (long)WindowsPerStep * Length;

    /// <summary>
    /// Steps that take every window once; windows that do not fill a step are left out. With a share w of
    /// <see cref="Mixed"/> windows 1 / (1 - w) times as many, rounded.
    /// </summary>
    [JsonIgnore]
    public long StepsPerEpoch
    {
        get
        {
            long steps = (Tokens - 1) / Length / WindowsPerStep;
            return Mixed is null ? steps : (long)Math.Round(steps / (1 - Mixed.Share));
        }
    }

    [JsonIgnore]
    public long Steps => StepLimit ?? checked(Epochs * StepsPerEpoch);

    /// <summary>Epochs that the steps begin: the last one may end early.</summary>
    [JsonIgnore]
    public int EpochsBegun => checked((int)((Steps - 1) / StepsPerEpoch) + 1);

    /// <summary>Floating-point operations that training takes a token, by the count of <c>pretrain model</c>.</summary>
    [JsonIgnore]
    public double TrainingFlopsPerToken => Model.TrainingFlopsPerToken(Length);

    /// <summary>Of all steps.</summary>
    [JsonIgnore]
    public double TrainingFlops => Steps * TokensPerStep * TrainingFlopsPerToken;

    [JsonIgnore]
    internal MuonSettings Muon => new(MuonMomentum ?? MuonSettings.DefaultMomentum, (MuonLearningRate ?? LearningRate) / LearningRate);

    [JsonIgnore]
    internal AdamWSettings AdamW => new(Beta1, Beta2, Epsilon, ClipNorm);

    /// <summary>The same run from another seed: of initialisation, data order and dropout, not of which tokens it may see.</summary>
    public TrainingConfig WithSeed(uint seed) => this with { InitializationSeed = seed, DataSeed = seed, DropoutSeed = seed };

    /// <summary>The learning rate of each step.</summary>
    public LearningRateSchedule CreateSchedule() => new(Schedule, LearningRate, Steps, WarmUpShare, DecayShare, Cycles ?? 1);

    /// <summary>The weight decay of each step.</summary>
    public WeightDecaySchedule CreateWeightDecaySchedule() => new(WeightDecaySchedule, WeightDecay, FinalWeightDecay, CreateSchedule());

    /// <summary>How much is pruned after each step; null where nothing is.</summary>
    public PruningSchedule? CreatePruningSchedule() => Pruning is { } pruning
        ? new(
            Model.ParameterCount,
            [.. new ParameterLayout(Model).LayerMatrices.Select(matrix => (long)matrix.Rows * matrix.Columns)],
            pruning.Share,
            pruning.Start,
            pruning.End,
            Steps)
        : null;

    /// <exception cref="InputException">A value cannot be used: names its flag, what it was given and what it takes.</exception>
    public void Validate() => TrainingConfigValidation.Validate(this);

    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Indented) + "\n";

    /// <exception cref="JsonException">It is not the JSON of a configuration.</exception>
    public static TrainingConfig FromJson(string json) =>
        JsonSerializer.Deserialize<TrainingConfig>(json, RunJson.Compact) ?? throw new JsonException("it is null");
}

using CommandLine;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>
/// A verb that trains. Every option that decides the result is optional: what is not given comes from the run being
/// resumed, else from the recipe's defaults.
/// </summary>
internal abstract class TrainingVerb : DeviceVerb
{
    protected const string DefaultData = "dotnet-docs";
    private const string DefaultModel = "mini-s";
    protected const int DefaultBatch = 4;

    [Option("data", HelpText = "A dataset folder, or a source to make one of: dotnet-docs (default), a .txt, .md, .jsonl or .jsonl.gz file, a folder of them.")]
    public string? Data { get; set; }

    [Option("tokenizer", HelpText = "For a source: its tokenizer, as 'data --tokenizer' takes it; default bytes.")]
    public string? Tokenizer { get; set; }

    [Option("document-bytes", HelpText = "For a source: cuts longer texts into documents of at most so many bytes, as 'data --document-bytes'; default: files are whole.")]
    public string? DocumentBytes { get; set; }

    [Option("whole-files", HelpText = "For --document-bytes: whole files are held out, as 'data --whole-files'.")]
    public bool WholeFiles { get; set; }

    [Option("model", HelpText = "A preset ('pretrain model' lists them) or a JSON file; default mini-s. The vocabulary is the tokenizer's.")]
    public string? Model { get; set; }

    [Option("tokens", HelpText = "Training tokens: the first N of the dataset, whatever the seeds; default: all.")]
    public long? Tokens { get; set; }

    [Option("epochs", HelpText = "Times that every token is read; default 1.")]
    public int? Epochs { get; set; }

    [Option("steps", HelpText = "Optimizer steps of the run and its schedule, instead of --epochs; the last epoch may end early.")]
    public long? Steps { get; set; }

    [Option("val-tokens", HelpText = "Validation tokens to measure losses on: the first N; default: all.")]
    public long? ValidationTokens { get; set; }

    [Option("batch", HelpText = "Windows a micro-batch; default 4.")]
    public int? Batch { get; set; }

    [Option("length", HelpText = "Tokens a window; default: the model's context.")]
    public int? Length { get; set; }

    [Option("accumulate", HelpText = "Micro-batches whose gradients are added up before a step; default 1.")]
    public int? Accumulation { get; set; }

    [Option("lr", HelpText = "Peak learning rate; default 3e-3.")]
    public double? LearningRate { get; set; }

    [Option("wd", HelpText = "Weight decay, decoupled and multiplied by the learning rate; default .1.")]
    public double? WeightDecay { get; set; }

    [Option("wd-schedule", HelpText = "How the weight decay goes on: constant (default), linear or cosine from --wd to --wd-final, or rate: with the learning rate.")]
    public WeightDecayKind? WeightDecaySchedule { get; set; }

    [Option("wd-final", HelpText = "The last step's weight decay, for --wd-schedule linear and cosine; default 0.")]
    public double? FinalWeightDecay { get; set; }

    [Option("ema", HelpText = "Averages the parameters over the steps with this decay, for example .99; the average is the run's result. Default: the last step's parameters.")]
    public double? Ema { get; set; }

    [Option("z-loss", HelpText = "Weight of (log Z)^2 a token, which keeps logits from drifting; 1e-4 is usual. Losses are told without it. Default 0.")]
    public double? ZLoss { get; set; }

    [Option("prune", HelpText = "Prunes this share of each of the layers' matrices by magnitude while the run trains. Default: nothing.")]
    public double? Prune { get; set; }

    [Option("prune-start", HelpText = "Share of the compute at which --prune begins; default .25.")]
    public double? PruneStart { get; set; }

    [Option("prune-end", HelpText = "Share of the compute at which --prune ends; default .75.")]
    public double? PruneEnd { get; set; }

    [Option("schedule", HelpText = "What follows the warm-up; default cosine. cyclic is a cosine in each of --cycles, with a snapshot at its end.")]
    public ScheduleKind? Schedule { get; set; }

    [Option("warmup", HelpText = "Share of all steps spent on warming up; default .01.")]
    public double? WarmUp { get; set; }

    [Option("decay", HelpText = "Share of all steps that --schedule wsd decays over; default .1.")]
    public double? Decay { get; set; }

    [Option("cycles", HelpText = "Cycles of --schedule cyclic.")]
    public int? Cycles { get; set; }

    [Option("optimizer", HelpText = "adamw, or muon: Muon for the layers' matrices and AdamW for the rest; default adamw.")]
    public OptimizerKind? Optimizer { get; set; }

    [Option("muon-lr", HelpText = "Peak learning rate of the matrices that Muon updates; default: that of --lr.")]
    public double? MuonLearningRate { get; set; }

    [Option("muon-momentum", HelpText = "Muon's decay of the momentum; default .95.")]
    public double? MuonMomentum { get; set; }

    [Option("beta1", HelpText = "AdamW's decay of the first moment; default .9.")]
    public double? Beta1 { get; set; }

    [Option("beta2", HelpText = "AdamW's decay of the second moment; default .95.")]
    public double? Beta2 { get; set; }

    [Option("eps", HelpText = "AdamW's epsilon; default 1e-8.")]
    public double? Epsilon { get; set; }

    [Option("clip", HelpText = "Global gradient norm to clip to; default 1.")]
    public double? Clip { get; set; }

    [Option("shuffle", HelpText = "One permutation for all epochs, or a new one each epoch; default once.")]
    public ShuffleMode? Shuffle { get; set; }

    [Option("order", HelpText = "What is put in random order: windows, or whole documents that are then cut into windows; default windows.")]
    public ShuffleUnit? Order { get; set; }

    [Option("seed", HelpText = "Sets --init-seed, --data-seed and --dropout-seed at once; default 0.")]
    public uint? Seed { get; set; }

    [Option("init-seed", HelpText = "Of the initial parameters.")]
    public ulong? InitializationSeed { get; set; }

    [Option("data-seed", HelpText = "Of the order of the windows or documents.")]
    public ulong? DataSeed { get; set; }

    [Option("dropout", HelpText = "Probability of dropping an element of the residual branches; default 0.")]
    public double? Dropout { get; set; }

    [Option("dropout-seed", HelpText = "Of the dropout masks.")]
    public uint? DropoutSeed { get; set; }

    [Option("precision", HelpText = "What the residual branches compute in: fp32, or bf16 on NVIDIA GPUs of sm_80 and newer, the default there.")]
    public ComputePrecision? Precision { get; set; }

    [Option("eval-every", HelpText = "Validation every N steps; default 0: at the end only.")]
    public int? EvaluateEvery { get; set; }

    [Option("checkpoint-every", HelpText = "A checkpoint every N steps; default 0: by time.")]
    public int? CheckpointEvery { get; set; }

    [Option("checkpoint-minutes", HelpText = "A checkpoint after N minutes without one; default 10.")]
    public double? CheckpointMinutes { get; set; }

    [Option("log-every", HelpText = "A line of metrics every N steps; default 10.")]
    public int? LogEvery { get; set; }

    [Option("recompute", HelpText = "Keep only the layers' inputs and compute the rest again: less memory, a third more work, the same bits.")]
    public bool Recompute { get; set; }

    [Option("out", Default = "runs", HelpText = "The folder of runs; each is named by the hash of its configuration.")]
    public string Out { get; set; } = "";

    /// <exception cref="InputException">A value is out of its range, or two say the same thing.</exception>
    protected TrainingOptions Options()
    {
        if (Epochs is not null && Steps is not null)
            throw new InputException($"--epochs was given {Epochs} and --steps {Steps}, and both say how long the run is: give one of them.");
        var defaults = new TrainingOptions();
        TrainingOptions options = defaults with
        {
            EvaluateEvery = EvaluateEvery ?? defaults.EvaluateEvery,
            CheckpointEvery = CheckpointEvery ?? defaults.CheckpointEvery,
            CheckpointMinutes = CheckpointMinutes ?? defaults.CheckpointMinutes,
            LogEvery = LogEvery ?? defaults.LogEvery,
            Recompute = Recompute,
        };
        options.Validate();
        return options;
    }

    /// <summary>What the options say of a dataset that is made of a source.</summary>
    protected DatasetChoices DatasetChoices => new(Tokenizer, DocumentBytes, WholeFiles);

    /// <summary>The configuration that the options say.</summary>
    /// <param name="resumed">What they are changes of; null for the recipe's defaults.</param>
    /// <param name="dataset">What is trained on.</param>
    /// <param name="device">Where: decides the precision that is not given.</param>
    protected TrainingConfig Config(TrainingConfig? resumed, TokenDataset dataset, DeviceDescription device)
    {
        if (device is { Kind: DeviceKind.Cuda, HasTensorCores: false } && Precision is null && resumed is null)
            Words.WriteLine($"{device.Specification} is of sm_{device.ComputeCapability}, and bf16 takes sm_80 or newer: training in fp32.");
        LlamaConfig model = ModelFor(resumed, dataset);
        TrainingConfig start = resumed ?? new TrainingConfig
        {
            Model = model,
            DatasetHash = dataset.Hash,
            Tokens = dataset.Train.Length,
            Batch = DefaultBatch,
            Length = model.Context,
            Precision = device.HasTensorCores ? ComputePrecision.Bf16 : ComputePrecision.Fp32,
        };
        return start with
        {
            Model = model,
            DatasetHash = dataset.Hash,
            Tokens = Tokens ?? start.Tokens,
            ValidationTokens = ValidationTokens ?? start.ValidationTokens,
            Epochs = Epochs ?? (Steps is null ? start.Epochs : 1),
            StepLimit = Steps ?? (Epochs is null ? start.StepLimit : null),
            Batch = Batch ?? start.Batch,
            Length = Length ?? start.Length,
            Accumulation = Accumulation ?? start.Accumulation,
            LearningRate = LearningRate ?? start.LearningRate,
            WeightDecay = WeightDecay ?? start.WeightDecay,
            Schedule = Schedule ?? start.Schedule,
            WarmUpShare = WarmUp ?? start.WarmUpShare,
            DecayShare = Decay ?? start.DecayShare,
            Cycles = Cycles ?? start.Cycles,
            Optimizer = Optimizer ?? start.Optimizer,
            MuonLearningRate = MuonLearningRate ?? start.MuonLearningRate,
            MuonMomentum = MuonMomentum ?? start.MuonMomentum,
            Beta1 = Beta1 ?? start.Beta1,
            Beta2 = Beta2 ?? start.Beta2,
            Epsilon = Epsilon ?? start.Epsilon,
            ClipNorm = Clip ?? start.ClipNorm,
            Shuffle = Shuffle ?? start.Shuffle,
            Order = Order ?? start.Order,
            InitializationSeed = InitializationSeed ?? Seed ?? start.InitializationSeed,
            DataSeed = DataSeed ?? Seed ?? start.DataSeed,
            Dropout = Dropout ?? start.Dropout,
            DropoutSeed = DropoutSeed ?? Seed ?? start.DropoutSeed,
            Precision = Precision ?? start.Precision,
            WeightDecaySchedule = WeightDecaySchedule ?? start.WeightDecaySchedule,
            FinalWeightDecay = FinalWeightDecay ?? start.FinalWeightDecay,
            Ema = Ema ?? start.Ema,
            ZLoss = ZLoss ?? start.ZLoss,
            Pruning = Pruning(start.Pruning),
        };
    }

    /// <exception cref="InputException">When to prune was given, and not how much.</exception>
    private GradualPruning? Pruning(GradualPruning? start)
    {
        if (Prune is null && start is null)
        {
            return PruneStart is null && PruneEnd is null
                ? null
                : throw new InputException("--prune-start and --prune-end say when to prune: give --prune too, the share of the weights.");
        }

        GradualPruning pruning = start ?? new GradualPruning { Share = Prune!.Value };
        return new GradualPruning { Share = Prune ?? pruning.Share, Start = PruneStart ?? pruning.Start, End = PruneEnd ?? pruning.End };
    }

    /// <summary>The model with the tokenizer's vocabulary; a window longer than its context extends the context.</summary>
    private LlamaConfig ModelFor(TrainingConfig? resumed, TokenDataset dataset)
    {
        LlamaConfig model = resumed is not null && Model is null ? resumed.Model : LlamaConfigFile.PresetOrFile(Model ?? DefaultModel);
        return model with
        {
            Vocabulary = dataset.Tokenizer.VocabularySize,
            Context = Math.Max(model.Context, Length ?? 0),
        };
    }
}

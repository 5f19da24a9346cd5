using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Training;

/// <summary>What a configuration takes, field by field, as one line each by the name of its flag.</summary>
internal static class TrainingConfigValidation
{
    private const long LargestTokens = 1_000_000_000_000_000;
    private const int LargestEpochs = 1_000_000;
    private const int LargestSteps = 1_000_000_000;
    private const int LargestPasses = 65536;
    private const int LargestBatch = 1 << 20;

    /// <summary>Three hundred times the largest rate of the published grids.</summary>
    private const double LargestLearningRate = 10;

    public static void Validate(TrainingConfig config)
    {
        config.Model.Validate();
        InputException.ThrowUnless(config.DatasetHash.Length > 0, "the dataset's hash", "nothing", "the hash of a dataset");
        RequireRange("--tokens", config.Tokens, 2, LargestTokens);
        RequireRange("--val-tokens", config.ValidationTokens ?? LargestTokens, 2, LargestTokens);
        RequireRange("--epochs", config.Epochs, 1, LargestEpochs);
        RequireRange("--steps", config.StepLimit ?? 1, 1, LargestSteps);
        InputException.ThrowUnless(config.StepLimit is null || config.Epochs == 1, "--epochs", config.Epochs, "1 beside --steps, which says how long the run is");
        RequireRange("--batch", config.Batch, 1, LargestBatch);
        RequireRange("--accumulate", config.Accumulation, 1, LargestPasses);
        RequireRange("--length", config.Length, 1, config.Model.Context, $" (the context of model '{config.Model.Name}')");
        RequireOneStep(config);
        RequireOptimizer(config);
        RequireDefined("--schedule", config.Schedule);
        InputException.ThrowUnless(config.WarmUpShare is >= 0 and < 1, "--warmup", config.WarmUpShare, "a share of the steps from 0 to below 1");
        InputException.ThrowUnless(config.DecayShare is > 0 and <= 1, "--decay", config.DecayShare, "a share of the steps above 0 and at most 1");
        RequireCycles(config);
        RequireDefined("--shuffle", config.Shuffle);
        RequireDefined("--order", config.Order);
        InputException.ThrowUnless(config.Dropout is >= 0 and < 1, "--dropout", config.Dropout, "a probability from 0 to below 1");
        RequireDefined("--precision", config.Precision);
        InputException.ThrowUnless(config.Ema is null or (> 0 and < 1), "--ema", config.Ema, "a decay above 0 and below 1, for example .99");
        InputException.ThrowUnless(config.ZLoss == 0 || config.SoftLabels is null, "--z-loss", config.ZLoss, "0 beside soft labels, whose loss has none");
        InputException.ThrowUnless(config.ZLoss is >= 0 and <= 1, "--z-loss", config.ZLoss, "a weight from 0 to 1, for example 1e-4");
        RequirePruning(config);
        RequireMixed(config);
        RequireStart(config);
        RequireSoftLabels(config);
        InputException.ThrowUnless(
            config.NumericsVersion == Numerics.Version,
            "the version of the numerics",
            config.NumericsVersion,
            FormattableString.Invariant($"{Numerics.Version}, that of this program"));
    }

    private static void RequireOptimizer(TrainingConfig config)
    {
        InputException.ThrowUnless(
            config.LearningRate is > 0 and <= LargestLearningRate,
            "--lr",
            config.LearningRate,
            FormattableString.Invariant($"a number above 0 and at most {LargestLearningRate}"));
        RequireWeightDecay("--wd", config.WeightDecay, config.LearningRate);
        RequireWeightDecay("--wd-final", config.FinalWeightDecay, config.LearningRate);
        RequireDefined("--wd-schedule", config.WeightDecaySchedule);
        InputException.ThrowUnless(
            config.FinalWeightDecay == 0 || config.WeightDecaySchedule is WeightDecayKind.Linear or WeightDecayKind.Cosine,
            "--wd-final",
            config.FinalWeightDecay,
            "a decay to end at beside --wd-schedule linear or cosine");
        RequireMuon(config);
        InputException.ThrowUnless(config.Beta1 is >= 0 and < 1, "--beta1", config.Beta1, "a number from 0 to below 1");
        InputException.ThrowUnless(config.Beta2 is >= 0 and < 1, "--beta2", config.Beta2, "a number from 0 to below 1");
        InputException.ThrowUnless(config.Epsilon is > 0 and <= 1, "--eps", config.Epsilon, "a number above 0 and at most 1");
        InputException.ThrowUnless(config.ClipNorm > 0, "--clip", config.ClipNorm, "a number above 0 (infinity: no clipping)");
    }

    private static void RequireMuon(TrainingConfig config)
    {
        RequireDefined("--optimizer", config.Optimizer);
        if (config.Optimizer != OptimizerKind.Muon)
        {
            InputException.ThrowUnless(config.MuonLearningRate is null, "--muon-lr", config.MuonLearningRate, "nothing without --optimizer muon");
            InputException.ThrowUnless(config.MuonMomentum is null, "--muon-momentum", config.MuonMomentum, "nothing without --optimizer muon");
            return;
        }

        InputException.ThrowUnless(
            config.MuonLearningRate is null or (> 0 and <= LargestLearningRate),
            "--muon-lr",
            config.MuonLearningRate,
            FormattableString.Invariant($"a number above 0 and at most {LargestLearningRate}"));
        InputException.ThrowUnless(
            (config.MuonLearningRate ?? 0) * config.WeightDecay < 1,
            "--wd",
            config.WeightDecay,
            FormattableString.Invariant($"a number from 0 to below {1 / config.MuonLearningRate}, where a step at --muon-lr {config.MuonLearningRate} would take whole weights away"));
        InputException.ThrowUnless(config.MuonMomentum is null or (>= 0 and < 1), "--muon-momentum", config.MuonMomentum, "a number from 0 to below 1");
    }

    private static void RequireWeightDecay(string flag, double decay, double learningRate) =>
        InputException.ThrowUnless(
            decay >= 0 && learningRate * decay < 1,
            flag,
            decay,
            FormattableString.Invariant($"a number from 0 to below {1 / learningRate}, where a step at --lr {learningRate} would take whole weights away"));

    private static void RequirePruning(TrainingConfig config)
    {
        if (config.Pruning is not { } pruning)
            return;
        InputException.ThrowUnless(pruning.Share is > 0 and < 1, "--prune", pruning.Share, "a share of the layers' weights above 0 and below 1");
        InputException.ThrowUnless(pruning.Start is >= 0 and < 1, "--prune-start", pruning.Start, "a share of the compute from 0 to below 1");
        InputException.ThrowUnless(
            pruning.End > pruning.Start && pruning.End <= 1,
            "--prune-end",
            pruning.End,
            FormattableString.Invariant($"a share of the compute above --prune-start, {pruning.Start}, and at most 1"));
    }

    private static void RequireCycles(TrainingConfig config)
    {
        if (config.Schedule != ScheduleKind.Cyclic)
        {
            InputException.ThrowUnless(config.Cycles is null, "--cycles", config.Cycles, "nothing unless --schedule is cyclic");
            return;
        }

        string takes = FormattableString.Invariant($"a whole number from 1 to {config.Steps}, the steps, where --schedule is cyclic");
        InputException.ThrowUnless(config.Cycles is { } cycles && cycles >= 1 && cycles <= config.Steps, "--cycles", config.Cycles?.ToString(CultureInfo.InvariantCulture) ?? "nothing", takes);
    }

    private static void RequireMixed(TrainingConfig config)
    {
        if (config.Mixed is not { } mixed)
            return;
        InputException.ThrowUnless(mixed.DatasetHash.Length > 0, "the mixed dataset's hash", "nothing", "the hash of a dataset");
        InputException.ThrowUnless(mixed.Share is > 0 and < 1, "the share of the mixed dataset", mixed.Share, "a share of the windows above 0 and below 1");
        InputException.ThrowUnless(
            mixed.Tokens > config.Length && mixed.Tokens <= LargestTokens,
            "the tokens of the mixed dataset",
            mixed.Tokens,
            FormattableString.Invariant($"a whole number above the window's length, {config.Length}"));
    }

    private static void RequireStart(TrainingConfig config)
    {
        if (config.Start is not { } start)
            return;
        InputException.ThrowUnless(ContentDigest.IsId(start.RunId), "the run to start from", start.RunId, "the id of a run");
        RequireDefined("the state to start from", start.State);
        RequireRange("the steps of the data order to pass over", start.DataStep, 0, LargestSteps);
    }

    private static void RequireSoftLabels(TrainingConfig config)
    {
        if (config.SoftLabels is not { } labels)
            return;
        InputException.ThrowUnless(labels.Teachers.Count > 0, "the teachers", "none", "the id of one finished run at least");
        foreach (string teacher in labels.Teachers)
            InputException.ThrowUnless(ContentDigest.IsId(teacher), "a teacher", teacher, "the id of a run");
        InputException.ThrowUnless(labels.Teachers.Distinct().Count() == labels.Teachers.Count, "the teachers", string.Join(", ", labels.Teachers), "each run once");
        RequireDefined("--averaging", labels.Averaging);
        InputException.ThrowUnless(labels.Alpha is >= 0 and <= 1, "--alpha", labels.Alpha, "a number from 0 (the text alone) to 1 (the teacher alone)");
        InputException.ThrowUnless(
            labels.Temperature is >= SoftTargetMix.LeastTemperature and <= SoftTargetMix.LargestTemperature,
            "--temperature",
            labels.Temperature,
            FormattableString.Invariant($"a number from {SoftTargetMix.LeastTemperature} to {SoftTargetMix.LargestTemperature}"));
    }

    private static void RequireOneStep(TrainingConfig config)
    {
        long windows = (config.Tokens - 1) / config.Length;
        long windowsPerStep = (long)config.Batch * config.Accumulation;
        if (windows < windowsPerStep)
        {
            throw new InputException(
                FormattableString.Invariant($"--tokens {config.Tokens} give {windows} windows of --length {config.Length}, and one step takes {windowsPerStep}: ")
                + FormattableString.Invariant($"--batch {config.Batch} times --accumulate {config.Accumulation}."));
        }
    }

    private static void RequireRange(string flag, long given, long smallest, long largest, string reason = "") =>
        InputException.ThrowUnless(given >= smallest && given <= largest, flag, given, FormattableString.Invariant($"a whole number from {smallest} to {largest}{reason}"));

    private static void RequireDefined<T>(string flag, T given)
        where T : struct, Enum =>
        InputException.ThrowUnless(Enum.IsDefined(given), flag, given, "one of " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant());
}

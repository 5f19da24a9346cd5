using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Training;

/// <summary>Carries out runs: starts them, goes on with unfinished ones, returns finished ones.</summary>
public static class Trainer
{
    /// <summary>
    /// Brings a run to its end, or to a checkpoint when cancelled. The parameters it ends with are the same, to the bit,
    /// however often it was stopped in between.
    /// </summary>
    /// <param name="config">What to train.</param>
    /// <param name="options">How to go about it.</param>
    /// <param name="sources">What the configuration names by hashes and ids.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="folder">The run's folder, for example <see cref="RunStore.PathOf"/>.</param>
    /// <param name="progress">Told how it comes along, or null.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    /// <exception cref="InputException">The configuration, a source or the folder cannot be used, or the memory does not suffice.</exception>
    /// <exception cref="RunBusyException">Another process works on the run.</exception>
    /// <exception cref="TrainingDivergedException">The loss or the gradients are not finite, or the loss went beyond all bounds; <see cref="RunDivergence"/> is written to the folder.</exception>
    /// <exception cref="IOException">A file could not be written; the last checkpoint is intact.</exception>
    public static TrainingOutcome Run(
        TrainingConfig config,
        TrainingOptions options,
        TrainingSources sources,
        Device device,
        string folder,
        ITrainingProgress? progress = null,
        CancellationToken cancellation = default)
    {
        config.Validate();
        options.Validate();
        if (RunFolder.FindResult(folder, config) is { } found)
            return new TrainingOutcome(TrainingStatus.AlreadyFinished, folder, found.Steps, found);
        sources.RequireFitting(config);
        ModelOptions(config, options).RequirePrecision(device);
        long plannedBytes = PlanMemory(config, options, sources.Teachers).Total;
        RequireMemory(plannedBytes, config, options, device.Description);
        using RunFolder run = RunFolder.Open(folder, config);
        if (RunFolder.FindResult(folder, config) is { } result)
            return new TrainingOutcome(TrainingStatus.AlreadyFinished, folder, result.Steps, result);
        using var session = new TrainingSession(run, options, sources, device, progress, plannedBytes);
        try
        {
            return session.Run(cancellation);
        }
        catch (TrainingDivergedException divergence)
        {
            RunDivergence.Write(folder, config, divergence);
            throw;
        }
    }

    /// <summary>The device memory of a run, in bytes by kind.</summary>
    /// <param name="config">What to train.</param>
    /// <param name="options">How to go about it.</param>
    /// <param name="teachers">Whom <see cref="TrainingConfig.SoftLabels"/> names; null for none.</param>
    /// <exception cref="InputException">The model or an option is not valid.</exception>
    public static ModelPlan PlanMemory(TrainingConfig config, TrainingOptions options, IReadOnlyList<EnsembleMember>? teachers = null)
    {
        LlamaModelOptions modelOptions = ModelOptions(config, options);
        ModelPlan plan = ModelPlan.Of(config.Model, modelOptions, config.Optimizer).With((teachers ?? []).Select(teacher => teacher.Config.Model), modelOptions);
        long average = config.Ema is null ? 0 : plan.Parameters;
        long mask = config.Pruning is null ? 0 : MagnitudePruner.Bytes(new ParameterLayout(config.Model));
        return plan with { OptimizerState = plan.OptimizerState + average, Scratch = plan.Scratch + mask };
    }

    internal static LlamaModelOptions ModelOptions(TrainingConfig config, TrainingOptions options) =>
        new(config.Batch, config.Length)
        {
            Training = true,
            Dropout = (float)config.Dropout,
            ZLoss = (float)config.ZLoss,
            Recompute = options.Recompute,
            Rung = options.Rung,
            Precision = config.Precision,
        };

    private static void RequireMemory(long plannedBytes, TrainingConfig config, TrainingOptions options, DeviceDescription device)
    {
        const double GiB = 1 << 30;
        if (plannedBytes <= device.MemoryBytes)
            return;
        string recompute = options.Recompute ? "" : "--recompute, ";
        string teachers = config.SoftLabels is null ? "" : "fewer or smaller teachers, ";
        string rounding = device.HasTensorCores && config.Precision == ComputePrecision.Fp32 ? "--precision bf16, " : "";
        throw new InputException(FormattableString.Invariant(
            $"Training '{config.Model.Name}' with --batch {config.Batch} --length {config.Length} takes {plannedBytes / GiB:0.00} GiB, ")
            + FormattableString.Invariant($"and {device.Specification} has {device.MemoryBytes / GiB:0.00} GiB: ")
            + $"take {recompute}{rounding}{teachers}a smaller --batch with more --accumulate, or a smaller model.");
    }
}

using System.Diagnostics;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Training;

/// <summary>One process's work on a run. All memory is allocated here before the first step; steps allocate only log lines.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly RunFolder run;
    private readonly TrainingConfig config;
    private readonly TrainingOptions options;
    private readonly Device device;
    private readonly TrainingSources sources;
    private readonly ITrainingProgress? progress;
    private readonly long plannedBytes;
    private readonly LearningRateSchedule schedule;
    private readonly WeightDecaySchedule weightDecay;
    private readonly LlamaModel model;
    private readonly SoftLabelTeachers? teachers;
    private readonly StepGradients gradients;
    private readonly IOptimizer optimizer;
    private readonly ParameterAverage? average;
    private readonly PruningSchedule? pruning;
    private readonly MagnitudePruner? pruner;
    private readonly Evaluator evaluator;
    private readonly DivergenceGuard guard;
    private readonly CheckpointContent content;
    private readonly Stopwatch clock = new();
    private readonly string runId;
    private readonly long steps;

    private long step;
    private long savedStep = -1;
    private double secondsBefore;
    private double secondsAtSave;
    private LossSum ofEpoch;

    public TrainingSession(
        RunFolder run,
        TrainingOptions options,
        TrainingSources sources,
        Device device,
        ITrainingProgress? progress,
        long plannedBytes)
    {
        this.run = run;
        this.options = options;
        this.device = device;
        this.sources = sources;
        this.progress = progress;
        this.plannedBytes = plannedBytes;
        config = run.Config;
        runId = config.Id;
        steps = config.Steps;
        schedule = config.CreateSchedule();
        weightDecay = config.CreateWeightDecaySchedule();
        guard = new DivergenceGuard(config.Model.Vocabulary);
        model = new LlamaModel(device, config.Model, Trainer.ModelOptions(config, options));
        if (config.SoftLabels is { } labels)
            teachers = SoftLabelTeachers.Of(model, labels, sources.Teachers);
        gradients = new StepGradients(config, sources, model);
        optimizer = Optimizers.Create(config.Optimizer, model, config.AdamW, config.Muon, options.Rung);
        average = config.Ema is { } decay ? new ParameterAverage(device, decay, model.Parameters, model.Rounded, options.Rung) : null;
        pruning = config.CreatePruningSchedule();
        if (pruning is not null)
            pruner = new MagnitudePruner(pruning, model, [.. optimizer.State.Select(state => state.Slab), .. average is null ? [] : new[] { average.Slab }], options.Rung);
        evaluator = new Evaluator(model, sources.Dataset, config.ValidationTokens);
        content = new CheckpointContent(model, optimizer, average);
    }

    public TrainingOutcome Run(CancellationToken cancellation)
    {
        TrainingState? restored = Restore();
        using var log = new SessionLog(run, options, progress, step, restored);
        run.SaveTokenizer(sources.Dataset.Tokenizer);
        if (run.RecordSession(RunSession.Of(device, sources, options, step)) is { } difference)
            progress?.OnNotice($"Going on with other hardware than before ({difference}): the last bits of the result may differ.");
        progress?.OnStart(new TrainingStart(run.Location, step, steps, config.EpochsBegun, config.TokensPerStep, plannedBytes, config.Precision));
        clock.Start();
        try
        {
            while (true)
            {
                if (EvaluationDue(log))
                    Evaluate(log, cancellation);
                if (step == steps)
                    break;
                cancellation.ThrowIfCancellationRequested();
                TakeStep(log);
                SaveSnapshot();
                if (CheckpointDue(log))
                    SaveCheckpoint(log);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            SaveCheckpoint(log);
            return new TrainingOutcome(TrainingStatus.Interrupted, run.Location, step, null);
        }
        catch (Exception failure) when (Device.IsFailure(failure))
        {
            string kept = savedStep > 0 ? FormattableString.Invariant($"the checkpoint of step {savedStep} is kept, and the same command goes on from it") : "no checkpoint was due yet, and the same command starts again";
            throw new DeviceFailedException($"{device.Description.Specification} failed at step {step + 1} of {run.Location} ({failure.Message}): {kept}.", failure);
        }

        log.FlushToDisk();
        RunResult result = Summarize(log.Evaluations);
        run.WriteResult(result);
        return new TrainingOutcome(TrainingStatus.Finished, run.Location, step, result);
    }

    public void Dispose()
    {
        pruner?.Dispose();
        average?.Dispose();
        optimizer.Dispose();
        model.Dispose();
        teachers?.Dispose();
    }

    /// <summary>Takes the newest checkpoint, else what the run starts from.</summary>
    /// <returns>Where the run stood; null at its beginning.</returns>
    private TrainingState? Restore()
    {
        bool passedOver = false;
        Checkpoint? checkpoint = run.Checkpoints.FindNewest(line =>
        {
            passedOver = true;
            progress?.OnNotice(line);
        });
        if (checkpoint is null)
        {
            if (passedOver)
                progress?.OnNotice("No checkpoint is intact: the run starts from its beginning.");
            if (config.Start is { } start)
                StartFrom(start);
            else
                model.Initialize(config.InitializationSeed);
            return null;
        }

        run.Checkpoints.Load(checkpoint, content.Model, content.Optimizer);
        model.RoundParameters();
        TrainingState state = checkpoint.State;
        step = savedStep = state.Step;
        content.SetSteps(state);
        secondsBefore = state.Seconds;
        ofEpoch = state.OfEpoch;
        guard.StepsBeyondBound = state.StepsBeyondBound;
        TellOfLostSnapshots();
        return state;
    }

    private void StartFrom(RunStart start)
    {
        string folder = sources.StartFolder ?? throw new InputException($"The run starts from run {start.RunId}, whose folder was not given.");
        if (ModelFolder.IsAt(folder))
        {
            StartingPoint.Load(ModelFolder.Open(folder), start, model);
            return;
        }

        StartingPoint point = StartingPoint.Open(folder, start, config, line => progress?.OnNotice(line));
        content.Take(point, start.State);
        model.RoundParameters();
    }

    private void TakeStep(SessionLog log)
    {
        double started = clock.Elapsed.TotalSeconds;
        // Counted back from the end, so that the last epoch's loss is over as many steps wherever the run ends.
        if ((steps - step) % config.StepsPerEpoch == 0)
            ofEpoch = default;
        StepLoss loss = gradients.Accumulate(step, stageNext: step + 1 < steps && !EvaluationDueAfter(step + 1));
        var rates = new StepRates(schedule.At(step), weightDecay.At(step));
        DivergenceGuard.RequireFinite(loss.Mean, "loss", step + 1, rates.LearningRate);
        pruner?.BeforeStep(step);
        if (!optimizer.TryStep(rates, out float gradientNorm))
            DivergenceGuard.RequireFinite(gradientNorm, "gradient norm", step + 1, rates.LearningRate);
        step++;
        pruner?.AfterStep(step);
        average?.Add();
        guard.RequireBounded(loss.CrossEntropy, step, rates.LearningRate);
        ofEpoch = ofEpoch.Add(loss.Mean);
        double ended = clock.Elapsed.TotalSeconds;
        log.AddStep(step, loss, rates.LearningRate, gradientNorm, ended - started, ended);
    }

    private bool EvaluationDue(SessionLog log) =>
        EvaluationDueAfter(step) && (log.Evaluations.Count == 0 || log.Evaluations[^1].Step != step);

    private bool EvaluationDueAfter(long steps) =>
        steps > 0 && (steps == this.steps || (options.EvaluateEvery > 0 && steps % options.EvaluateEvery == 0));

    private void Evaluate(SessionLog log, CancellationToken cancellation)
    {
        double started = clock.Elapsed.TotalSeconds;
        ValidationScore score = evaluator.Evaluate(cancellation);
        DivergenceGuard.RequireFinite(score.Loss, "validation loss", step, schedule.At(step - 1));
        ValidationScore? unaveraged = average is null ? null : score;
        if (average is not null)
            score = average.InPlace(() => evaluator.Evaluate(cancellation));
        log.AddEvaluation(step, score, unaveraged, clock.Elapsed.TotalSeconds - started);
    }

    /// <summary>
    /// An evaluation that fails must not cost what was trained before it: it comes after a checkpoint. A state that may be
    /// diverging is not worth a good one's place.
    /// </summary>
    private bool CheckpointDue(SessionLog log)
    {
        if (step == steps)
            return true;
        if (guard.StepsBeyondBound > 0)
            return false;
        bool bySteps = options.CheckpointEvery > 0 && step % options.CheckpointEvery == 0;
        bool byTime = options.CheckpointMinutes > 0 && clock.Elapsed.TotalSeconds - secondsAtSave >= options.CheckpointMinutes * 60;
        return bySteps || byTime || EvaluationDue(log);
    }

    private void SaveCheckpoint(SessionLog log)
    {
        if (savedStep == step)
            return;
        log.FlushToDisk();
        var state = new TrainingState
        {
            RunId = runId,
            Step = step,
            OptimizerSteps = optimizer.StepsTaken == step ? null : optimizer.StepsTaken,
            AveragedSteps = average is null || average.Steps == step ? null : average.Steps,
            Seconds = Seconds,
            SinceLastLine = log.SinceLastLine,
            CrossEntropySinceLastLine = log.CrossEntropySinceLastLine,
            OfEpoch = ofEpoch,
            StepsBeyondBound = guard.StepsBeyondBound,
        };
        Save(() => run.Checkpoints.Save(state, content.Model, content.Optimizer));
        savedStep = step;
        secondsAtSave = clock.Elapsed.TotalSeconds;
    }

    /// <summary>Before any checkpoint of its step or a later one: whoever goes on from that finds the snapshots of all cycles behind it.</summary>
    private void SaveSnapshot()
    {
        int cycle = schedule.CycleOf(step - 1);
        if (config.Schedule == ScheduleKind.Cyclic && schedule.CycleEnd(cycle) == step)
            SaveSnapshot(cycle);
    }

    private void SaveSnapshot(int cycle) => Save(() => run.Snapshots.Save(cycle, step, content.Model));

    private void TellOfLostSnapshots()
    {
        for (int cycle = 1; config.Schedule == ScheduleKind.Cyclic && cycle <= schedule.Cycles && schedule.CycleEnd(cycle) <= step; cycle++)
            run.Snapshots.Find(cycle, line => progress?.OnNotice($"{line} The run goes on without it."));
    }

    private void Save(Action write)
    {
        try
        {
            write();
        }
        catch (NotFiniteNumberException e)
        {
            throw DivergenceGuard.Diverged(step, e.Message.TrimEnd('.'), step == 0 ? 0 : schedule.At(step - 1));
        }
    }

    private RunResult Summarize(IReadOnlyList<MetricsLine> evaluations)
    {
        MetricsLine last = evaluations[^1];
        MetricsLine best = evaluations.MinBy(line => line.ValLoss)!;
        return new RunResult
        {
            RunId = runId,
            ValLoss = last.ValLoss!.Value,
            UnaveragedValLoss = last.UnaveragedValLoss,
            BitsPerByte = last.BitsPerByte!.Value,
            BestValLoss = best.ValLoss!.Value,
            BestStep = best.Step,
            TrainLoss = ofEpoch.Mean,
            Steps = steps,
            Tokens = steps * config.TokensPerStep,
            ValTokens = evaluator.Tokens,
            Parameters = config.Model.ParameterCount,
            AverageParameters = pruning?.AverageParameters,
            FinalParameters = pruning?.FinalParameters,
            TrainingFlops = config.TrainingFlops,
            Seconds = Seconds,
        };
    }

    private double Seconds => secondsBefore + clock.Elapsed.TotalSeconds;
}

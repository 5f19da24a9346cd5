using System.Diagnostics;
using Ilgpu.Pretrain.Data;
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
    private readonly TokenDataset dataset;
    private readonly ITrainingProgress? progress;
    private readonly long plannedBytes;
    private readonly BatchReader reader;
    private readonly LearningRateSchedule schedule;
    private readonly LlamaModel model;
    private readonly AdamWOptimizer optimizer;
    private readonly Evaluator evaluator;
    private readonly DivergenceGuard guard;
    private readonly NamedTensor[] modelTensors;
    private readonly NamedTensor[] optimizerTensors;
    private readonly int[] inputs;
    private readonly int[] targets;
    private readonly float[] losses;
    private readonly Stopwatch clock = new();
    private readonly List<MetricsLine> evaluations = [];
    private readonly string runId;
    private readonly long steps;
    private readonly long stepsPerEpoch;
    private readonly int epochs;
    private readonly long tokensPerStep;
    private readonly float gradientScale;
    private readonly double flopsPerToken;

    private long step;
    private long firstStep;
    private long savedStep = -1;
    private long stagedStep = -1;
    private double secondsBefore;
    private double secondsAtSave;
    private LossSum sinceLastLine;
    private LossSum ofEpoch;
    private Pace pace = new();

    public TrainingSession(
        RunFolder run,
        TrainingOptions options,
        TokenDataset dataset,
        Device device,
        ITrainingProgress? progress,
        long plannedBytes)
    {
        this.run = run;
        this.options = options;
        this.device = device;
        this.dataset = dataset;
        this.progress = progress;
        this.plannedBytes = plannedBytes;
        config = run.Config;
        runId = config.Id;
        reader = new BatchReader(
            dataset.Train,
            config.Tokens,
            config.Length,
            config.WindowsPerStep,
            config.Shuffle,
            config.DataSeed,
            config.Order == ShuffleUnit.Documents ? dataset.TrainDocumentBounds(config.Tokens) : null);
        stepsPerEpoch = reader.BatchesPerEpoch;
        steps = config.Steps;
        epochs = config.EpochsBegun;
        tokensPerStep = config.TokensPerStep;
        gradientScale = (float)(1.0 / tokensPerStep);
        flopsPerToken = config.Model.TrainingFlopsPerToken(config.Length);
        schedule = config.CreateSchedule();
        guard = new DivergenceGuard(config.Model.Vocabulary);
        model = new LlamaModel(device, config.Model, Trainer.ModelOptions(config, options));
        optimizer = new AdamWOptimizer(device, config.AdamW, model.Parameters, model.Gradients, model.Layout.DecayedLength, options.Rung, model.Rounded);
        evaluator = new Evaluator(model, dataset, config.ValidationTokens);
        modelTensors = [.. CheckpointTensors.Of(model.Layout, model.Parameters)];
        optimizerTensors =
        [
            .. CheckpointTensors.Of(model.Layout, optimizer.FirstMoment, "first_moment."),
            .. CheckpointTensors.Of(model.Layout, optimizer.SecondMoment, "second_moment."),
        ];
        inputs = new int[tokensPerStep];
        targets = new int[tokensPerStep];
        losses = new float[model.Options.Tokens];
    }

    public TrainingOutcome Run(CancellationToken cancellation)
    {
        Restore();
        using var metrics = MetricsLog.Open(run.MetricsPath, step, line => progress?.OnNotice(line));
        evaluations.AddRange(metrics.Kept.Where(line => line.Kind == MetricsKind.Evaluation));
        run.SaveTokenizer(dataset.Tokenizer);
        if (run.RecordSession(RunSession.Of(device, dataset, options, step)) is { } difference)
            progress?.OnNotice($"Going on with other hardware than before ({difference}): the last bits of the result may differ.");
        progress?.OnStart(new TrainingStart(run.Location, step, steps, epochs, tokensPerStep, plannedBytes, config.Precision));
        clock.Start();
        try
        {
            while (true)
            {
                if (EvaluationDue())
                    Evaluate(metrics, cancellation);
                if (step == steps)
                    break;
                cancellation.ThrowIfCancellationRequested();
                TakeStep(metrics);
                if (CheckpointDue())
                    SaveCheckpoint(metrics);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            SaveCheckpoint(metrics);
            return new TrainingOutcome(TrainingStatus.Interrupted, run.Location, step, null);
        }
        catch (Exception failure) when (Device.IsFailure(failure))
        {
            string kept = savedStep > 0 ? FormattableString.Invariant($"the checkpoint of step {savedStep} is kept, and the same command goes on from it") : "no checkpoint was due yet, and the same command starts again";
            throw new DeviceFailedException($"{device.Description.Specification} failed at step {step + 1} of {run.Location} ({failure.Message}): {kept}.", failure);
        }

        metrics.FlushToDisk();
        RunResult result = Summarize();
        run.WriteResult(result);
        return new TrainingOutcome(TrainingStatus.Finished, run.Location, step, result);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
    }

    private void Restore()
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
            model.Initialize(config.InitializationSeed);
            return;
        }

        run.Checkpoints.Load(checkpoint, modelTensors, optimizerTensors);
        model.RoundParameters();
        TrainingState state = checkpoint.State;
        step = firstStep = savedStep = state.Step;
        optimizer.StepsTaken = state.Step;
        secondsBefore = state.Seconds;
        sinceLastLine = state.SinceLastLine;
        ofEpoch = state.OfEpoch;
        guard.StepsBeyondBound = state.StepsBeyondBound;
    }

    private void TakeStep(MetricsLog metrics)
    {
        double started = clock.Elapsed.TotalSeconds;
        // Counted back from the end, so that the last epoch's loss is over as many steps wherever the run ends.
        if ((steps - step) % stepsPerEpoch == 0)
            ofEpoch = default;
        double loss = AccumulateGradients();
        double learningRate = schedule.At(step);
        DivergenceGuard.RequireFinite(loss, "loss", step + 1, learningRate);
        if (!optimizer.TryStep(learningRate, out float gradientNorm))
            DivergenceGuard.RequireFinite(gradientNorm, "gradient norm", step + 1, learningRate);
        step++;
        guard.RequireBounded(loss, step, learningRate);
        sinceLastLine = sinceLastLine.Add(loss);
        ofEpoch = ofEpoch.Add(loss);
        pace.Add(loss, clock.Elapsed.TotalSeconds - started);
        if (step % options.LogEvery == 0 || step == steps)
            LogStep(metrics, learningRate, gradientNorm);
        progress?.OnStep(ProgressOf(loss, learningRate, gradientNorm));
    }

    /// <summary>The step's gradients, and its mean loss: summed in double precision in the order of the tokens.</summary>
    private double AccumulateGradients()
    {
        if (stagedStep != step)
            Stage(step, pass: 0);
        double sum = 0;
        for (int pass = 0; pass < config.Accumulation; pass++)
        {
            uint number = unchecked((uint)((step * config.Accumulation) + pass));
            model.ForwardBackwardStaged(gradientScale, accumulate: pass > 0, config.DropoutSeed, number);
            // While the device computes, the host reads on.
            if (pass + 1 < config.Accumulation)
                Stage(step, pass + 1);
            else if (step + 1 < steps && !EvaluationDueAfter(step + 1))
                Stage(step + 1, pass: 0);
            model.CopyLosses(losses);
            foreach (float loss in losses)
                sum += loss;
        }

        return sum / tokensPerStep;
    }

    /// <summary>Starts to bring a micro-batch to the device.</summary>
    private void Stage(long ofStep, int pass)
    {
        if (pass == 0)
            reader.Read(ofStep, inputs, targets);
        int tokens = losses.Length;
        model.Stage(inputs.AsSpan(pass * tokens, tokens), targets.AsSpan(pass * tokens, tokens));
        stagedStep = ofStep;
    }

    private bool EvaluationDue() =>
        EvaluationDueAfter(step) && (evaluations.Count == 0 || evaluations[^1].Step != step);

    private bool EvaluationDueAfter(long steps) =>
        steps > 0 && (steps == this.steps || (options.EvaluateEvery > 0 && steps % options.EvaluateEvery == 0));

    private void Evaluate(MetricsLog metrics, CancellationToken cancellation)
    {
        double started = clock.Elapsed.TotalSeconds;
        ValidationScore score = evaluator.Evaluate(cancellation);
        var line = new MetricsLine
        {
            Kind = MetricsKind.Evaluation,
            Step = step,
            Epoch = EpochsDone,
            Tokens = step * tokensPerStep,
            ValLoss = score.Loss,
            BitsPerByte = score.BitsPerByte,
            Seconds = clock.Elapsed.TotalSeconds - started,
        };
        DivergenceGuard.RequireFinite(score.Loss, "validation loss", step, schedule.At(step - 1));
        metrics.Write(line);
        evaluations.Add(line);
        progress?.OnEvaluation(step, score);
    }

    /// <summary>
    /// An evaluation that fails must not cost what was trained before it: it comes after a checkpoint. A state that may be
    /// diverging is not worth a good one's place.
    /// </summary>
    private bool CheckpointDue()
    {
        if (step == steps)
            return true;
        if (guard.StepsBeyondBound > 0)
            return false;
        bool bySteps = options.CheckpointEvery > 0 && step % options.CheckpointEvery == 0;
        bool byTime = options.CheckpointMinutes > 0 && clock.Elapsed.TotalSeconds - secondsAtSave >= options.CheckpointMinutes * 60;
        return bySteps || byTime || EvaluationDue();
    }

    private void SaveCheckpoint(MetricsLog metrics)
    {
        if (savedStep == step)
            return;
        metrics.FlushToDisk();
        var state = new TrainingState
        {
            RunId = runId,
            Step = step,
            Seconds = Seconds,
            SinceLastLine = sinceLastLine,
            OfEpoch = ofEpoch,
            StepsBeyondBound = guard.StepsBeyondBound,
        };
        try
        {
            run.Checkpoints.Save(state, modelTensors, optimizerTensors);
        }
        catch (NotFiniteNumberException e)
        {
            throw DivergenceGuard.Diverged(step, e.Message.TrimEnd('.'), step == 0 ? 0 : schedule.At(step - 1));
        }

        savedStep = step;
        secondsAtSave = clock.Elapsed.TotalSeconds;
    }

    private void LogStep(MetricsLog metrics, double learningRate, double gradientNorm)
    {
        metrics.Write(new MetricsLine
        {
            Kind = MetricsKind.Step,
            Step = step,
            Epoch = EpochsDone,
            Tokens = step * tokensPerStep,
            Loss = sinceLastLine.Mean,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            TokensPerSecond = tokensPerStep / pace.SecondsPerStep,
        });
        sinceLastLine = default;
    }

    private TrainingProgress ProgressOf(double loss, double learningRate, double gradientNorm)
    {
        double tokensPerSecond = tokensPerStep / pace.SecondsPerStep;
        double secondsPerStep = clock.Elapsed.TotalSeconds / (step - firstStep);
        return new TrainingProgress
        {
            Step = step,
            Steps = steps,
            Epoch = (int)((step - 1) / stepsPerEpoch) + 1,
            Epochs = epochs,
            Loss = loss,
            SmoothedLoss = pace.Loss,
            ValidationLoss = evaluations.Count > 0 ? evaluations[^1].ValLoss ?? double.NaN : double.NaN,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            TokensPerSecond = tokensPerSecond,
            FlopsPerSecond = tokensPerSecond * flopsPerToken,
            Remaining = TimeSpan.FromSeconds(secondsPerStep * (steps - step)),
        };
    }

    private RunResult Summarize()
    {
        MetricsLine last = evaluations[^1];
        MetricsLine best = evaluations.MinBy(line => line.ValLoss)!;
        return new RunResult
        {
            RunId = runId,
            ValLoss = last.ValLoss!.Value,
            BitsPerByte = last.BitsPerByte!.Value,
            BestValLoss = best.ValLoss!.Value,
            BestStep = best.Step,
            TrainLoss = ofEpoch.Mean,
            Steps = steps,
            Tokens = steps * tokensPerStep,
            ValTokens = evaluator.Tokens,
            Parameters = config.Model.ParameterCount,
            TrainingFlops = steps * tokensPerStep * flopsPerToken,
            Seconds = Seconds,
        };
    }

    private double EpochsDone => (double)step / stepsPerEpoch;

    private double Seconds => secondsBefore + clock.Elapsed.TotalSeconds;
}

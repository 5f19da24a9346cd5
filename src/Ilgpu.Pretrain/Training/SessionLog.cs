namespace Ilgpu.Pretrain.Training;

/// <summary>What a session writes to metrics.jsonl and tells its progress, step by step.</summary>
internal sealed class SessionLog : IDisposable
{
    private readonly TrainingConfig config;
    private readonly TrainingOptions options;
    private readonly MetricsLog metrics;
    private readonly ITrainingProgress? progress;
    private readonly List<MetricsLine> evaluations;
    private readonly long firstStep;
    private readonly double flopsPerToken;
    private Pace pace = new();

    /// <param name="run">Whose metrics.jsonl.</param>
    /// <param name="options">How often a line is written.</param>
    /// <param name="progress">Told, or null.</param>
    /// <param name="step">Steps taken before: lines beyond are dropped.</param>
    /// <param name="restored">Has the losses of the steps that no line tells of yet; null at the run's beginning.</param>
    public SessionLog(RunFolder run, TrainingOptions options, ITrainingProgress? progress, long step, TrainingState? restored)
    {
        config = run.Config;
        this.options = options;
        this.progress = progress;
        firstStep = step;
        SinceLastLine = restored?.SinceLastLine ?? default;
        if (config.SoftLabels is not null)
            CrossEntropySinceLastLine = restored?.CrossEntropySinceLastLine ?? default(LossSum);
        flopsPerToken = config.TrainingFlopsPerToken;
        metrics = MetricsLog.Open(run.MetricsPath, step, line => progress?.OnNotice(line));
        evaluations = [.. metrics.Kept.Where(line => line.Kind == MetricsKind.Evaluation)];
    }

    /// <summary>Losses of the steps since the last line.</summary>
    public LossSum SinceLastLine { get; private set; }

    /// <summary>Their plain cross-entropies, where the losses are a mix with soft labels; else null.</summary>
    public LossSum? CrossEntropySinceLastLine { get; private set; }

    /// <summary>The lines of all evaluations so far, those before this session among them.</summary>
    public IReadOnlyList<MetricsLine> Evaluations => evaluations;

    /// <param name="step">Steps taken, this one included.</param>
    /// <param name="loss">The step's.</param>
    /// <param name="learningRate">It was taken with.</param>
    /// <param name="gradientNorm">Before clipping.</param>
    /// <param name="stepSeconds">It took.</param>
    /// <param name="sessionSeconds">Since the session began.</param>
    public void AddStep(long step, StepLoss loss, double learningRate, double gradientNorm, double stepSeconds, double sessionSeconds)
    {
        SinceLastLine = SinceLastLine.Add(loss.Mean);
        CrossEntropySinceLastLine = CrossEntropySinceLastLine?.Add(loss.CrossEntropy);
        pace.Add(loss.Mean, stepSeconds);
        double tokensPerSecond = config.TokensPerStep / pace.SecondsPerStep;
        if (step % options.LogEvery == 0 || step == config.Steps)
        {
            metrics.Write(new MetricsLine
            {
                Kind = MetricsKind.Step,
                Step = step,
                Epoch = EpochsAt(step),
                Tokens = step * config.TokensPerStep,
                Loss = SinceLastLine.Mean,
                CrossEntropy = CrossEntropySinceLastLine?.Mean,
                LearningRate = learningRate,
                GradientNorm = gradientNorm,
                TokensPerSecond = tokensPerSecond,
            });
            SinceLastLine = default;
            if (CrossEntropySinceLastLine is not null)
                CrossEntropySinceLastLine = default(LossSum);
        }

        progress?.OnStep(new TrainingProgress
        {
            Step = step,
            Steps = config.Steps,
            Epoch = (int)((step - 1) / config.StepsPerEpoch) + 1,
            Epochs = config.EpochsBegun,
            Loss = loss.Mean,
            SmoothedLoss = pace.Loss,
            ValidationLoss = evaluations.Count > 0 ? evaluations[^1].ValLoss ?? double.NaN : double.NaN,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            TokensPerSecond = tokensPerSecond,
            FlopsPerSecond = tokensPerSecond * flopsPerToken,
            Remaining = TimeSpan.FromSeconds(sessionSeconds / (step - firstStep) * (config.Steps - step)),
        });
    }

    /// <param name="step">Steps taken.</param>
    /// <param name="score">What came out.</param>
    /// <param name="unaveraged">The same of the parameters themselves, where the score is that of their average.</param>
    /// <param name="seconds">It took.</param>
    public void AddEvaluation(long step, ValidationScore score, ValidationScore? unaveraged, double seconds)
    {
        var line = new MetricsLine
        {
            Kind = MetricsKind.Evaluation,
            Step = step,
            Epoch = EpochsAt(step),
            Tokens = step * config.TokensPerStep,
            ValLoss = score.Loss,
            UnaveragedValLoss = unaveraged?.Loss,
            BitsPerByte = score.BitsPerByte,
            Seconds = seconds,
        };
        metrics.Write(line);
        evaluations.Add(line);
        progress?.OnEvaluation(step, score);
    }

    public void FlushToDisk() => metrics.FlushToDisk();

    public void Dispose() => metrics.Dispose();

    private double EpochsAt(long step) => (double)step / config.StepsPerEpoch;
}

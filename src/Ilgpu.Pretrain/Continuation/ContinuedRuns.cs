using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Continuation;

/// <summary>Configurations of runs that start from a finished one.</summary>
public static class ContinuedRuns
{
    /// <summary>
    /// Of a finished run's peak learning rate, what a continued one takes unless told otherwise: what was learnt should be
    /// added to, not be overwritten.
    /// </summary>
    public const double LearningRateShare = .1;

    /// <summary>Weight decay unless told otherwise: heavy decay does not help here (arXiv 2509.14786).</summary>
    public const double WeightDecay = .1;

    /// <summary>What stands for the run that an imported model came of: its shape, and the recipe's defaults for what is not known.</summary>
    /// <param name="model">The imported one.</param>
    /// <param name="length">Tokens of a window: of its context.</param>
    /// <param name="data">What is trained on now.</param>
    /// <param name="batch">Windows a micro-batch.</param>
    /// <param name="precision">What the residual branches compute in.</param>
    public static TrainingConfig OfImported(ModelFolder model, int length, TokenDataset data, int batch, ComputePrecision precision) => new()
    {
        Model = model.Config,
        DatasetHash = data.Hash,
        Tokens = data.Train.Length,
        Batch = batch,
        Length = length,
        Precision = precision,
    };

    /// <summary>
    /// Continued pre-training: one epoch over other data with a schedule of its own and a new optimizer. What it does not
    /// set is as the finished run has it.
    /// </summary>
    /// <param name="finished">Whose parameters are taken.</param>
    /// <param name="data">What is trained on now.</param>
    /// <param name="importedId">The <see cref="ModelFolder.Id"/> of an imported model whose parameters are taken instead; null for none.</param>
    public static TrainingConfig OnOtherData(TrainingConfig finished, TokenDataset data, string? importedId = null) => finished with
    {
        DatasetHash = data.Hash,
        Tokens = data.Train.Length,
        Epochs = 1,
        StepLimit = null,
        ValidationTokens = null,
        Schedule = ScheduleKind.Cosine,
        LearningRate = finished.LearningRate * LearningRateShare,
        WeightDecay = WeightDecay,
        WarmUpShare = LearningRateSchedule.DefaultWarmUpShare,
        Cycles = null,
        Mixed = null,
        SoftLabels = null,
        Pruning = null,
        Start = new RunStart { RunId = importedId ?? finished.Id },
        NumericsVersion = Numerics.Version,
    };

    /// <summary>
    /// A decay branched from a stable run: the data, the optimizer and the peak learning rate go on where it ended, and the
    /// learning rate falls to 0. To the bit what a warm-up-stable-decay run of both lengths gives (Hu et al., arXiv 2404.06395);
    /// but the stable part is paid once for any number of decays.
    /// </summary>
    /// <param name="stable">A run whose learning rate stayed at its peak.</param>
    /// <param name="steps">Of the decay.</param>
    /// <exception cref="InputException">The run's learning rate did not stay at its peak.</exception>
    public static TrainingConfig Branch(TrainingConfig stable, long steps)
    {
        if (stable.Schedule != ScheduleKind.Constant)
            throw new InputException($"Decays are branched from a run of --schedule constant, whose learning rate stayed at its peak; run {stable.Id} is of --schedule {stable.Schedule.ToString().ToLowerInvariant()}.");
        return stable with
        {
            Epochs = 1,
            StepLimit = steps,
            Schedule = ScheduleKind.Linear,
            WarmUpShare = 0,
            Start = new RunStart
            {
                RunId = stable.Id,
                State = StartState.Everything,
                DataStep = stable.Steps + (stable.Start?.DataStep ?? 0),
            },
        };
    }
}

namespace Ilgpu.Pretrain.Training;

/// <summary>Told how a run comes along, on the thread that trains: keep it short.</summary>
public interface ITrainingProgress
{
    void OnStart(TrainingStart start);

    void OnStep(in TrainingProgress progress);

    /// <param name="step">Optimizer steps taken.</param>
    /// <param name="evaluation">What came out.</param>
    void OnEvaluation(long step, ValidationScore evaluation);

    /// <summary>Something worth a line: a damaged checkpoint passed over, other hardware than before.</summary>
    void OnNotice(string line);

    /// <summary>The run diverged, and others go on.</summary>
    void OnDivergence(TrainingDivergedException divergence) => OnNotice(divergence.Message);
}

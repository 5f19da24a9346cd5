using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Told how a study comes along, from any thread: keep it short.</summary>
public interface IStudyProgress
{
    /// <summary>A step has reached another state.</summary>
    void OnStep(StepReport step);

    /// <summary>A run is about to be trained.</summary>
    /// <param name="name">For people.</param>
    /// <param name="steps">Optimizer steps that it takes.</param>
    /// <returns>What is told of it, or null.</returns>
    ITrainingProgress? TrainingOf(string name, long steps);

    /// <summary>A corpus that is not there may be about to be sampled.</summary>
    /// <param name="name">Of the step that is taught by it.</param>
    /// <returns>What is told of it, or null.</returns>
    IProgress<SamplingProgress>? SamplingOf(string name);

    /// <summary>Something worth a line.</summary>
    void OnNotice(string line);
}

using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>How many runs of a study a device has room for at a time.</summary>
public static class StudySlots
{
    /// <param name="study">Whose largest run decides.</param>
    /// <param name="description">Where it would be trained.</param>
    /// <returns>At most as many as the processor has threads; 1 on a GPU.</returns>
    public static int FittingAtATime(Study study, DeviceDescription description)
    {
        TrainingConfig? largest = study.Steps.SelectMany(step => step.Shapes).MaxBy(config => Trainer.PlanMemory(config, study.TrainingOptions).Total);
        return largest is null ? 1 : SideBySide.FittingAtATime([.. Enumerable.Repeat(largest, description.Threads)], study.TrainingOptions, description);
    }
}

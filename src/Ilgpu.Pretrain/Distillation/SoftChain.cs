using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>
/// Students by soft labels, generation by generation: the first one's teachers are given, each other's is the student before
/// it, as in born-again networks (arXiv 1805.04770). Each generation is a run of its own, with seeds one higher.
/// </summary>
public static class SoftChain
{
    /// <summary>The configurations of all generations.</summary>
    /// <param name="student">The first one's, but for its teachers.</param>
    /// <param name="teachers">Of the first generation.</param>
    /// <param name="averaging">Of what of several; one alone is not averaged.</param>
    /// <param name="mix">Of text and teachers, the same for all.</param>
    /// <param name="generations">1 at least.</param>
    public static IReadOnlyList<TrainingConfig> Plan(
        TrainingConfig student,
        IReadOnlyList<EnsembleMember> teachers,
        EnsembleAveraging averaging,
        SoftTargetMix mix,
        int generations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(generations, 1);
        var configs = new List<TrainingConfig>();
        string[] ids = [.. teachers.Select(teacher => teacher.Config.Id)];
        for (int generation = 0; generation < generations; generation++)
        {
            configs.Add(student with
            {
                InitializationSeed = student.InitializationSeed + (ulong)generation,
                DataSeed = student.DataSeed + (ulong)generation,
                DropoutSeed = unchecked(student.DropoutSeed + (uint)generation),
                SoftLabels = new SoftLabels
                {
                    Teachers = ids,
                    Averaging = ids.Length == 1 ? EnsembleAveraging.Logits : averaging,
                    Alpha = mix.Alpha,
                    Temperature = mix.Temperature,
                },
            });
            ids = [configs[^1].Id];
        }

        return configs;
    }
}

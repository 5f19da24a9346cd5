using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Seeds of runs that differ in nothing else.</summary>
internal static class Seeds
{
    /// <summary>The same run with each of its seeds so much larger.</summary>
    public static TrainingConfig After(TrainingConfig config, uint offset) => config with
    {
        InitializationSeed = checked(config.InitializationSeed + offset),
        DataSeed = checked(config.DataSeed + offset),
        DropoutSeed = checked(config.DropoutSeed + offset),
    };
}

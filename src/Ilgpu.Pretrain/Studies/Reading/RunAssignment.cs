using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A setting with what was said of it.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Place">Where it was said.</param>
/// <param name="Value">Of the setting's type; null for a factor.</param>
/// <param name="Factor">On what is inherited; null for a value.</param>
internal sealed record RunAssignment(RunSetting Setting, Place Place, object? Value, double? Factor)
{
    /// <summary>Applies it to a configuration that nobody else holds yet.</summary>
    public void Apply(TrainingConfig config)
    {
        if (Factor is { } factor)
            Setting.Multiply(config, factor, Place);
        else
            Setting.Set(config, Value!);
    }
}

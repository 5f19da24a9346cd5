namespace Ilgpu.Pretrain.Tuning;

/// <summary>How directions are called.</summary>
public static class TuningDirections
{
    public static IReadOnlyList<TuningDirection> All { get; } = Enum.GetValues<TuningDirection>();

    /// <summary>In words.</summary>
    public static string Words(this TuningDirection direction) => direction switch
    {
        TuningDirection.LearningRate => "learning rate",
        TuningDirection.Epochs => "epochs",
        _ => "weight decay",
    };

    /// <summary>The flag of one value.</summary>
    public static string Flag(this TuningDirection direction) => direction switch
    {
        TuningDirection.LearningRate => "--lr",
        TuningDirection.Epochs => "--epochs",
        _ => "--wd",
    };

    /// <summary>The flag of the grid.</summary>
    public static string GridFlag(this TuningDirection direction) => direction.Flag() + "-grid";
}

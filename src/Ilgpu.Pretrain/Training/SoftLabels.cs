using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Teachers whose predictions a run learns from beside the text (Hinton, Vinyals and Dean, arXiv 1503.02531): the loss of a token
/// is <c>(1 - alpha) CE(next token) + alpha T^2 KL(teacher || student)</c>, in which softmaxes of logits divided by T are
/// compared. The training losses of such a run are of this mix; validation losses are plain cross-entropies.
/// </summary>
/// <remarks>
/// Form and defaults are those of the NanoGPT slowrun's chain of models. T^2 is Hinton's: it keeps the soft gradient's size,
/// which otherwise falls like 1 / T^2. A recipe that leaves it out is the same as one with it and a smaller alpha.
/// </remarks>
public sealed record SoftLabels
{
    public const double DefaultAlpha = .45;
    public const double DefaultTemperature = 1.2;

    /// <summary>The <see cref="TrainingConfig.Id"/> of each teacher, a finished run; their average is summed in this order.</summary>
    public required IReadOnlyList<string> Teachers { get; init; }

    /// <summary>Of what of several teachers. One alone is not averaged, and has <see cref="EnsembleAveraging.Logits"/>.</summary>
    public EnsembleAveraging Averaging { get; init; } = EnsembleAveraging.Logits;

    /// <summary>In [0, 1].</summary>
    public double Alpha { get; init; } = DefaultAlpha;

    /// <summary>T.</summary>
    public double Temperature { get; init; } = DefaultTemperature;

    internal SoftTargetMix Mix => new(Alpha, Temperature);

    public bool Equals(SoftLabels? other) =>
        other is not null
        && Teachers.SequenceEqual(other.Teachers)
        && (Averaging, Alpha, Temperature) == (other.Averaging, other.Alpha, other.Temperature);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string teacher in Teachers)
            hash.Add(teacher);
        hash.Add((Averaging, Alpha, Temperature));
        return hash.ToHashCode();
    }
}

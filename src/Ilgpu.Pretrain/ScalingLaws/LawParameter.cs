namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>One parameter of a law: where it may lie and where fits start.</summary>
/// <param name="Name">As it is printed.</param>
public sealed record LawParameter(string Name)
{
    public double Lower { get; init; } = double.NegativeInfinity;

    public double Upper { get; init; } = double.PositiveInfinity;

    /// <summary>Whether fits move its logarithm; it is positive then.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Values that fits start from. Empty for a parameter that the law is linear in: its start is solved for.</summary>
    public IReadOnlyList<double> Starts { get; init; } = [];

    /// <summary>The value that it has where the caller asks for nothing else; null for one that is fitted.</summary>
    public double? Held { get; init; }

    /// <summary>A positive factor, fitted by its logarithm, that the law is linear in.</summary>
    public static LawParameter Factor(string name) => new(name) { Lower = 1e-300, Upper = 1e300, IsLogarithmic = true };

    /// <summary>The loss that is left at infinity: not negative, and the law is linear in it.</summary>
    public static LawParameter Remainder(string name) => new(name) { Lower = 0 };

    /// <summary>A power's exponent, not negative.</summary>
    public static LawParameter Exponent(string name, params double[] starts) => new(name) { Lower = 0, Upper = 20, Starts = starts };
}

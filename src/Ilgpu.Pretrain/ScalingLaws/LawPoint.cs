namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Values of a law's variables: a row of a table, or what a prediction is asked for.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="numbers">By the names of the variables.</param>
public sealed class LawPoint(string name, IReadOnlyDictionary<string, double> numbers)
{
    public string Name { get; } = name;

    public IReadOnlyDictionary<string, double> Numbers { get; } = numbers;

    /// <exception cref="InputException">It has no such variable.</exception>
    public double this[string variable] => Numbers.TryGetValue(variable, out double value)
        ? value
        : throw new InputException($"{Name} has no {variable}; it has {string.Join(", ", Numbers.Keys)}.");

    /// <summary>The curve that it is on, for the laws of loss curves.</summary>
    public string? Curve { get; init; }

    /// <summary>The learning rates of the curve that it is on, for the laws that need them.</summary>
    public LearningRateCurve? Schedule { get; init; }

    public bool Has(string variable) => Numbers.ContainsKey(variable);
}

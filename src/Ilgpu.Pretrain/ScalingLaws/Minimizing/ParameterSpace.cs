namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// The coordinates that a fit moves in: those parameters of a law that are not held, the ones on a logarithmic scale by
/// their logarithm.
/// </summary>
internal sealed class ParameterSpace
{
    private readonly IReadOnlyList<LawParameter> parameters;
    private readonly double?[] held;
    private readonly int[] free;

    /// <param name="parameters">All of the law.</param>
    /// <param name="held">The value of each that is not fitted, null for the others.</param>
    public ParameterSpace(IReadOnlyList<LawParameter> parameters, double?[] held)
    {
        this.parameters = parameters;
        this.held = held;
        free = [.. Enumerable.Range(0, parameters.Count).Where(i => held[i] is null)];
        Lower = [.. free.Select(i => Coordinate(i, parameters[i].Lower))];
        Upper = [.. free.Select(i => Coordinate(i, parameters[i].Upper))];
    }

    /// <summary>Indices of the fitted parameters among all.</summary>
    public ReadOnlySpan<int> Free => free;

    public int Count => free.Length;

    public int AllCount => parameters.Count;

    public double[] Lower { get; }

    public double[] Upper { get; }

    public bool IsLog(int coordinate) => parameters[free[coordinate]].IsLogarithmic;

    /// <summary>All parameters' values at a place.</summary>
    public void ToValues(ReadOnlySpan<double> coordinates, Span<double> values)
    {
        for (int i = 0; i < parameters.Count; i++)
            values[i] = held[i] ?? 0;
        for (int i = 0; i < free.Length; i++)
            values[free[i]] = IsLog(i) ? Math.Exp(coordinates[i]) : coordinates[i];
    }

    public double[] ToValues(ReadOnlySpan<double> coordinates)
    {
        double[] values = new double[parameters.Count];
        ToValues(coordinates, values);
        return values;
    }

    /// <summary>The place of values, inside the bounds.</summary>
    public double[] ToCoordinates(ReadOnlySpan<double> values)
    {
        double[] coordinates = new double[free.Length];
        for (int i = 0; i < free.Length; i++)
            coordinates[i] = Math.Clamp(Coordinate(free[i], values[free[i]]), Lower[i], Upper[i]);
        return coordinates;
    }

    private double Coordinate(int parameter, double value) => parameters[parameter].IsLogarithmic ? Math.Log(value) : value;
}

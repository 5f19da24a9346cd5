using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>
/// The values that a tuning may choose from, each list ascending. The defaults are those of 'Pre-training under infinite
/// compute' (arXiv 2509.14786). A direction of one value is held: it has no neighbours.
/// </summary>
public sealed record TuningGrid
{
    /// <summary>The standard recipe's.</summary>
    public const double StandardWeightDecay = .1;

    /// <summary>To the next lower value and to the next higher.</summary>
    internal static IReadOnlyList<int> Steps { get; } = [-1, 1];

    public IReadOnlyList<double> LearningRates { get; init; } = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2];

    public IReadOnlyList<int> Epochs { get; init; } = [1, 2, 4, 8, 16, 32, 64];

    public IReadOnlyList<double> WeightDecays { get; init; } = [0, .1, .2, .4, .8, 1.6, 3.2, 6.4];

    /// <summary>The default grid of a recipe.</summary>
    public static TuningGrid Of(TuningRecipe recipe) =>
        recipe == TuningRecipe.Standard ? new TuningGrid { WeightDecays = [StandardWeightDecay] } : new TuningGrid();

    /// <summary>The directions that have neighbours, in the order of the descent.</summary>
    [JsonIgnore]
    public IReadOnlyList<TuningDirection> Tuned => [.. TuningDirections.All.Where(direction => !IsHeld(direction))];

    public bool IsHeld(TuningDirection direction) => Values(direction).Count == 1;

    public IReadOnlyList<double> Values(TuningDirection direction) => direction switch
    {
        TuningDirection.LearningRate => LearningRates,
        TuningDirection.Epochs => [.. Epochs.Select(epochs => (double)epochs)],
        _ => WeightDecays,
    };

    /// <summary>The same grid with these values in one direction, in ascending order.</summary>
    /// <exception cref="InputException">A value of epochs is not a whole number, or too large.</exception>
    public TuningGrid With(TuningDirection direction, IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (direction == TuningDirection.Epochs)
        {
            foreach (double value in sorted)
                InputException.ThrowUnless(value == Math.Floor(value) && value <= int.MaxValue, direction.GridFlag(), value, "whole numbers from 1");
        }

        return direction switch
        {
            TuningDirection.LearningRate => this with { LearningRates = sorted },
            TuningDirection.Epochs => this with { Epochs = [.. sorted.Select(value => (int)value)] },
            _ => this with { WeightDecays = sorted },
        };
    }

    /// <summary>The same grid, held at a value in one direction.</summary>
    public TuningGrid Holding(TuningDirection direction, double value) => With(direction, [value]);

    /// <exception cref="InputException">A list is empty, not ascending or has what no run takes; or no direction has neighbours.</exception>
    public void Validate()
    {
        foreach (TuningDirection direction in TuningDirections.All)
            Validate(direction);
        if (Tuned.Count == 0)
            throw new InputException($"A grid of one point ({new TuningPoint(LearningRates[0], Epochs[0], WeightDecays[0])}) has no neighbours in any direction: there is nothing to tune.");
    }

    /// <summary>The point one step down (-1) or up (+1) in a direction; null at the edge of the grid.</summary>
    public TuningPoint? Neighbor(TuningPoint point, TuningDirection direction, int step)
    {
        IReadOnlyList<double> values = Values(direction);
        int index = IndexOf(values, point.ValueOf(direction)) + step;
        return index >= 0 && index < values.Count ? point.With(direction, values[index]) : null;
    }

    /// <exception cref="InputException">The point is not on the grid: names the flag, the value and the grid.</exception>
    public void RequireOn(TuningPoint point)
    {
        foreach (TuningDirection direction in TuningDirections.All)
        {
            IReadOnlyList<double> values = Values(direction);
            InputException.ThrowUnless(
                IndexOf(values, point.ValueOf(direction)) >= 0,
                direction.Flag(),
                point.ValueOf(direction),
                $"a value of its grid: {Describe(direction)}");
        }
    }

    /// <summary>The point of the grid that is nearest: by ratio, 0 only to 0 or where nothing else is; the lower of two.</summary>
    public TuningPoint Nearest(TuningPoint point)
    {
        foreach (TuningDirection direction in TuningDirections.All)
            point = point.With(direction, Values(direction).MinBy(value => Distance(value, point.ValueOf(direction))));
        return point;
    }

    /// <summary>For example <c>0.001, 0.003, 0.01</c>.</summary>
    public string Describe(TuningDirection direction) =>
        string.Join(", ", Values(direction).Select(value => FormattableString.Invariant($"{value}")));

    private void Validate(TuningDirection direction)
    {
        IReadOnlyList<double> values = Values(direction);
        string takes = direction switch
        {
            TuningDirection.LearningRate => "distinct numbers above 0",
            TuningDirection.Epochs => "distinct whole numbers from 1",
            _ => "distinct numbers from 0",
        };
        double least = direction switch
        {
            TuningDirection.LearningRate => double.Epsilon,
            TuningDirection.Epochs => 1,
            _ => 0,
        };
        bool valid = values.Count > 0
            && values.All(value => double.IsFinite(value) && value >= least)
            && values.Zip(values.Skip(1)).All(pair => pair.First < pair.Second);
        InputException.ThrowUnless(valid, direction.GridFlag(), values.Count == 0 ? "nothing" : Describe(direction), takes);
    }

    private static int IndexOf(IReadOnlyList<double> values, double value)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] == value)
                return i;
        }

        return -1;
    }

    private static double Distance(double value, double wanted) =>
        value == wanted ? 0
        : wanted == 0 ? value
        : value == 0 ? double.PositiveInfinity
        : Math.Abs(Math.Log(value / wanted));
}

using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>
/// What the optimum of a tuning is worth. It is certified as 'Pre-training under infinite compute' (arXiv 2509.14786)
/// means it: all its one-step neighbours on the grid were run, and none has a lower loss.
/// </summary>
public sealed record Certificate
{
    public required bool IsCertified { get; init; }

    /// <summary>Why it is not certified, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Two a direction that is tuned, the lower value first; those beyond the grid are among them.</summary>
    public required IReadOnlyList<CertificateNeighbor> Neighbors { get; init; }

    /// <summary>Directions of one value, which have no neighbours.</summary>
    public required IReadOnlyList<TuningDirection> Held { get; init; }

    /// <summary>Null where it was not measured.</summary>
    public SeedNoise? Noise { get; init; }

    /// <summary>Neighbours that a wider grid would have.</summary>
    [JsonIgnore]
    public IEnumerable<CertificateNeighbor> AtEdge => Neighbors.Where(neighbor => neighbor.State == NeighborState.BeyondGrid);

    [JsonIgnore]
    public IEnumerable<CertificateNeighbor> WithinNoise => Neighbors.Where(neighbor => neighbor.IsWithinNoise == true);

    /// <param name="grid">That has the optimum.</param>
    /// <param name="optimum">The best point found.</param>
    /// <param name="losses">Of all points run, with the tuning's own seeds; the optimum's among them.</param>
    /// <param name="noise">Of the seeds at the optimum, or null.</param>
    public static Certificate For(TuningGrid grid, TuningPoint optimum, IReadOnlyDictionary<TuningPoint, double> losses, SeedNoise? noise)
    {
        CertificateNeighbor[] neighbors =
        [
            .. grid.Tuned.SelectMany(direction => TuningGrid.Steps.Select(step => NeighborOf(grid, optimum, direction, step, losses, noise))),
        ];
        string? reason = ReasonAgainst(losses[optimum], neighbors);
        return new Certificate
        {
            IsCertified = reason is null,
            Reason = reason,
            Neighbors = neighbors,
            Held = [.. TuningDirections.All.Where(grid.IsHeld)],
            Noise = noise,
        };
    }

    private static string? ReasonAgainst(double loss, CertificateNeighbor[] neighbors)
    {
        int notRun = neighbors.Count(neighbor => neighbor.State == NeighborState.NotRun);
        if (!double.IsFinite(loss))
            return "no point with a finite loss was found";
        if (neighbors.FirstOrDefault(neighbor => neighbor.Loss < loss) is { } lower)
            return $"{lower.Point} has a lower loss";
        return notRun == 0 ? null : $"{notRun} of its {neighbors.Count(neighbor => neighbor.Point is not null)} neighbours were not run";
    }

    private static CertificateNeighbor NeighborOf(
        TuningGrid grid,
        TuningPoint optimum,
        TuningDirection direction,
        int step,
        IReadOnlyDictionary<TuningPoint, double> losses,
        SeedNoise? noise)
    {
        TuningPoint? point = grid.Neighbor(optimum, direction, step);
        double? loss = point is not null && losses.TryGetValue(point, out double found) ? found : null;
        double? difference = loss - losses[optimum] is { } apart && !double.IsNaN(apart) ? apart : null;
        return new CertificateNeighbor
        {
            Direction = direction,
            Step = step,
            State = point is null ? Beyond(optimum, direction, step)
                : loss is null ? NeighborState.NotRun
                : double.IsFinite(loss.Value) ? NeighborState.Run
                : NeighborState.Diverged,
            Point = point,
            Loss = loss,
            Difference = difference,
            Margin = noise is { StandardDeviation: > 0 } && difference / noise.StandardDeviation is { } margin && !double.IsNaN(margin) ? margin : null,
            IsWithinNoise = noise is null || difference is null ? null : difference == 0 || difference < noise.Threshold,
        };
    }

    private static NeighborState Beyond(TuningPoint optimum, TuningDirection direction, int step)
    {
        bool isLeast = (direction, optimum.ValueOf(direction)) is (TuningDirection.Epochs, 1) or (TuningDirection.WeightDecay, 0);
        return isLeast && step < 0 ? NeighborState.BeyondValues : NeighborState.BeyondGrid;
    }
}

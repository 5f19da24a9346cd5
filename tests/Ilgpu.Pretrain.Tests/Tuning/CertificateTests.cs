using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

public sealed class CertificateTests
{
    private static readonly TuningGrid Grid = TestGrids.Of(3, 3, 1);

    private static readonly TuningPoint Middle = new(2, 2, 1);

    [Fact]
    public void Margins_are_in_standard_deviations_of_a_single_seed()
    {
        var noise = SeedNoise.Of([2, 2.2, 1.9, 2.1]);
        // Of 2, 2.2, 1.9, 2.1: squares about 2.05 sum to .05, over 3.
        Assert.Equal(Math.Sqrt(.05 / 3), noise.StandardDeviation, 1e-12);
        Assert.Equal(Math.Sqrt(.1 / 3), noise.DifferenceDeviation, 1e-12);
        // Student's t, 3 degrees of freedom, 97.5%: 3.182446 in every table.
        Assert.Equal(3.182446 * Math.Sqrt(.1 / 3), noise.Threshold, 1e-6);

        Certificate certificate = Certify(noise, down: 2.5, up: 2.7);
        CertificateNeighbor[] rates = [.. certificate.Neighbors.Where(neighbor => neighbor.Direction == TuningDirection.LearningRate)];
        Assert.Equal(.5 / noise.StandardDeviation, rates[0].Margin!.Value, 1e-9);
        Assert.Equal([true, false], rates.Select(neighbor => neighbor.IsWithinNoise));
        Assert.Equal([rates[0]], certificate.WithinNoise);
    }

    [Fact]
    public void Without_noise_there_are_differences_and_no_margins()
    {
        Certificate certificate = Certify(noise: null, down: 2.5, up: 2.7);
        Assert.True(certificate.IsCertified);
        Assert.Equal(.5, certificate.Neighbors[0].Difference!.Value, 1e-12);
        Assert.All(certificate.Neighbors, neighbor => Assert.Equal((null, null), (neighbor.Margin, neighbor.IsWithinNoise)));
    }

    /// <summary>Seeds that make no difference measure no unit; only what is equal is within noise.</summary>
    [Fact]
    public void Where_seeds_make_no_difference_margins_have_no_unit()
    {
        Certificate certificate = Certify(SeedNoise.Of([2, 2, 2]), down: 2, up: 2.5);
        Assert.All(certificate.Neighbors, neighbor => Assert.Null(neighbor.Margin));
        Assert.Equal([true, false], certificate.Neighbors.Take(2).Select(neighbor => neighbor.IsWithinNoise));
    }

    [Fact]
    public void Where_a_seed_diverges_everything_is_within_noise()
    {
        Certificate certificate = Certify(SeedNoise.Of([2, double.PositiveInfinity]), down: 2.5, up: 99);
        Assert.All(certificate.Neighbors, neighbor => Assert.True(neighbor.IsWithinNoise));
    }

    [Fact]
    public void A_lower_neighbour_is_named()
    {
        Certificate certificate = Certify(noise: null, down: 1.5, up: 2.5);
        Assert.False(certificate.IsCertified);
        Assert.Equal("lr 1, epochs 2, wd 1 has a lower loss", certificate.Reason);
    }

    [Fact]
    public void Neighbours_that_were_not_run_are_counted_among_those_there_are()
    {
        var certificate = Certificate.For(Grid, new TuningPoint(1, 2, 1), new Dictionary<TuningPoint, double> { [new(1, 2, 1)] = 2, [Middle] = 3 }, noise: null);
        Assert.False(certificate.IsCertified);
        Assert.Equal("2 of its 3 neighbours were not run", certificate.Reason);
    }

    /// <summary>One epoch is the least there is; a grid of learning rates could always go on.</summary>
    [Fact]
    public void Missing_neighbours_are_told_apart_by_whether_a_wider_grid_would_have_them()
    {
        var losses = TestGrids.Points(Grid).ToDictionary(point => point, point => point.LearningRate + point.Epochs);
        var certificate = Certificate.For(Grid, new TuningPoint(1, 1, 1), losses, noise: null);
        Assert.True(certificate.IsCertified);
        Assert.Equal(
            [NeighborState.BeyondGrid, NeighborState.Run, NeighborState.BeyondValues, NeighborState.Run],
            certificate.Neighbors.Select(neighbor => neighbor.State));
        CertificateNeighbor edge = Assert.Single(certificate.AtEdge);
        Assert.Equal((TuningDirection.LearningRate, -1), (edge.Direction, edge.Step));
    }

    private static Certificate Certify(SeedNoise? noise, double down, double up) => Certificate.For(
        Grid,
        Middle,
        new Dictionary<TuningPoint, double>
        {
            [Middle] = 2,
            [new(1, 2, 1)] = down,
            [new(3, 2, 1)] = up,
            [new(2, 1, 1)] = 9,
            [new(2, 3, 1)] = 9,
        },
        noise);
}

using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

/// <summary>The descent on losses by formula.</summary>
public sealed class TunerTests
{
    private static readonly TuningGrid Five = TestGrids.Of(5, 5, 5);

    [Fact]
    public void A_bowl_is_descended_to_its_bottom_from_every_start()
    {
        foreach (TuningPoint start in TestGrids.Points(Five))
        {
            TuningSearch search = new Tuner(Five, new MadeUpObjective(Bowl)).Run(start);
            Assert.Equal(new TuningPoint(3, 2, 4), search.Optimum);
            Assert.Equal(1, search.Loss);
            Assert.Equal(start, search.Path[0]);
            Assert.Equal(search.Optimum, search.Path[^1]);
            Assert.True(search.Certificate.IsCertified);
            Assert.Null(search.Certificate.Reason);
            Assert.Equal(6, search.Certificate.Neighbors.Count(neighbor => neighbor.State == NeighborState.Run));
        }
    }

    /// <summary>Along a direction only the next point is new; independent points are asked for together.</summary>
    [Fact]
    public void It_asks_for_the_start_with_its_first_neighbours_and_then_for_what_it_needs()
    {
        var objective = new MadeUpObjective(Bowl);
        TuningSearch search = new Tuner(Five, objective).Run(new TuningPoint(1, 2, 4));
        TuningPoint[][] expected =
        [
            [new(1, 2, 4), new(2, 2, 4)],
            [new(3, 2, 4)],
            [new(4, 2, 4)],
            [new(3, 1, 4), new(3, 3, 4)],
            [new(3, 2, 3), new(3, 2, 5)],
        ];
        Assert.Equal(expected, objective.Calls.Select(call => call.Select(trial => trial.Point).ToArray()));
        Assert.Equal([new(1, 2, 4), new(2, 2, 4), new(3, 2, 4)], search.Path);
        Assert.Equal(objective.Calls.SelectMany(call => call), search.Tried.Select(tried => new TuningTrial(tried.Point, tried.Repeat)));
    }

    /// <summary>
    /// Any losses at all, ties and divergence among them, on grids of any size from any start: what is certified was run all
    /// around and nothing around is lower, every move goes down, no point is asked for twice, and whoever answers from what
    /// is known already is asked the same.
    /// </summary>
    [Fact]
    public void What_is_certified_has_no_lower_neighbour_whatever_the_losses()
    {
        int certified = 0;
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            TuningGrid grid = TestGrids.Of(random.Next(2, 5), random.Next(1, 5), random.Next(1, 5));
            Dictionary<TuningPoint, double> losses = TestGrids.Points(grid).ToDictionary(
                point => point,
                _ => random.Next(8) == 0 ? double.PositiveInfinity : random.Next(6));
            TuningPoint start = losses.Keys.ElementAt(random.Next(losses.Count));
            var objective = new MadeUpObjective(point => losses[point]);
            TuningSearch search = new Tuner(grid, objective).Run(start);

            HashSet<TuningPoint> tried = [.. search.Tried.Select(each => each.Point)];
            TuningPoint[] around = [.. TestGrids.Neighbors(grid, search.Optimum)];
            Assert.True(double.IsFinite(search.Loss) == search.Certificate.IsCertified, $"seed {seed}");
            Assert.All(around, point => Assert.Contains(point, tried));
            Assert.All(around, point => Assert.True(losses[point] >= search.Loss, $"seed {seed}: {point}"));
            Assert.Equal(losses[search.Optimum], search.Loss);
            Assert.Equal(tried.Min(point => losses[point]), search.Loss);
            Assert.All(search.Path.Zip(search.Path.Skip(1)), move => Assert.True(
                losses[move.Second] < losses[move.First] || (double.IsInfinity(losses[move.First]) && move.Second.LearningRate < move.First.LearningRate),
                $"seed {seed}: {move}"));
            Assert.All(search.Path.Zip(search.Path.Skip(1)), move => Assert.Contains(move.Second, TestGrids.Neighbors(grid, move.First)));
            certified += search.Certificate.IsCertified ? 1 : 0;
        }

        Assert.InRange(certified, 400, 500);
    }

    /// <summary>Lower lies only across the corner: every one-step neighbour is higher, and that is all that a certificate says.</summary>
    [Fact]
    public void A_narrow_valley_across_the_directions_ends_the_descent_certified()
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(point => (10 * Math.Abs(point.LearningRate - point.Epochs)) + point.LearningRate)).Run(new TuningPoint(4, 4, 1));
        Assert.Equal(new TuningPoint(4, 4, 1), search.Optimum);
        Assert.True(search.Certificate.IsCertified);
    }

    [Fact]
    public void Equal_losses_are_no_reason_to_move_and_none_against_the_certificate()
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(_ => 2)).Run(new TuningPoint(3, 3, 3));
        Assert.Equal([new(3, 3, 3)], search.Path);
        Assert.True(search.Certificate.IsCertified);
        Assert.Equal(7, search.Tried.Count);
    }

    [Fact]
    public void Of_two_equally_low_neighbours_the_lower_value_is_taken()
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(point => Math.Abs(point.LearningRate - 3) == 1 ? 1 : 2)).Run(new TuningPoint(3, 3, 3));
        Assert.Equal(new TuningPoint(2, 3, 3), search.Optimum);
    }

    [Fact]
    public void From_a_start_that_diverges_it_goes_to_lower_learning_rates()
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(point => point.LearningRate > 2 ? double.PositiveInfinity : Bowl(point))).Run(new TuningPoint(5, 2, 4));
        Assert.Equal([new(5, 2, 4), new(4, 2, 4), new(3, 2, 4), new(2, 2, 4)], search.Path);
        Assert.True(search.Certificate.IsCertified);
        CertificateNeighbor up = search.Certificate.Neighbors.Single(neighbor => neighbor is { Direction: TuningDirection.LearningRate, Step: 1 });
        Assert.Equal((NeighborState.Diverged, double.PositiveInfinity), (up.State, up.Loss));
    }

    [Fact]
    public void Where_everything_diverges_nothing_is_certified()
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(_ => double.PositiveInfinity)).Run(new TuningPoint(2, 2, 2), repeats: 3);
        Assert.False(search.Certificate.IsCertified);
        Assert.Equal("no point with a finite loss was found", search.Certificate.Reason);
        Assert.Null(search.Certificate.Noise);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 4)]
    [InlineData(7, 7)]
    public void Out_of_trials_it_stops_at_the_lowest_of_them_and_certifies_nothing(int most, int tried)
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(Bowl)).Run(new TuningPoint(1, 2, 4), repeats: 3, trials: most);
        Assert.Equal(tried, search.Tried.Count);
        Assert.Equal(search.Tried.Min(each => each.Loss), search.Loss);
        Assert.False(search.Certificate.IsCertified);
        Assert.EndsWith("neighbours were not run", search.Certificate.Reason, StringComparison.Ordinal);
        Assert.Contains(search.Certificate.Neighbors, neighbor => neighbor.State == NeighborState.NotRun);
    }

    [Theory]
    [InlineData(8, 8, false)]
    [InlineData(10, 8, false)]
    [InlineData(11, 11, true)]
    public void Repeats_that_do_not_all_fit_are_left_out(int most, int tried, bool isMeasured)
    {
        TuningSearch search = new Tuner(Five, new MadeUpObjective(Bowl)).Run(new TuningPoint(1, 2, 4), repeats: 3, trials: most);
        Assert.Equal(tried, search.Tried.Count);
        Assert.True(search.Certificate.IsCertified);
        Assert.Equal(isMeasured, search.Certificate.Noise is not null);
    }

    /// <summary>What has been asked with few trials is asked first with more: a larger budget goes on.</summary>
    [Fact]
    public void More_trials_begin_with_the_same_ones()
    {
        TuningTrial[] all = Asked(null);
        for (int most = 1; most <= all.Length; most++)
            Assert.Equal(all[..most], Asked(most));

        static TuningTrial[] Asked(int? most)
        {
            var objective = new MadeUpObjective(Bowl);
            _ = new Tuner(Five, objective).Run(new TuningPoint(5, 5, 1), trials: most);
            return [.. objective.Calls.SelectMany(call => call)];
        }
    }

    [Fact]
    public void Repeats_are_asked_for_together_at_the_optimum_and_give_the_noise()
    {
        var objective = new MadeUpObjective((point, repeat) => Bowl(point) + (.1 * repeat));
        TuningSearch search = new Tuner(Five, objective).Run(new TuningPoint(3, 2, 4), repeats: 2);
        Assert.Equal([new(search.Optimum, 1), new(search.Optimum, 2)], objective.Calls[^1]);
        SeedNoise noise = search.Certificate.Noise!;
        Assert.Equal([1, 1.1, 1.2], noise.Losses, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(.1, noise.StandardDeviation, 1e-12);
        Assert.Equal(2, noise.DegreesOfFreedom);
    }

    [Fact]
    public void A_held_direction_is_never_left()
    {
        TuningGrid grid = TestGrids.Of(5, 5, 1);
        TuningSearch search = new Tuner(grid, new MadeUpObjective(Bowl)).Run(new TuningPoint(1, 1, 1));
        Assert.Equal(new TuningPoint(3, 2, 1), search.Optimum);
        Assert.Equal(4, search.Certificate.Neighbors.Count);
        Assert.Equal([TuningDirection.WeightDecay], search.Certificate.Held);
        Assert.True(search.Certificate.IsCertified);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void An_objective_that_answers_no_loss_is_refused(double loss) =>
        Assert.Throws<InvalidOperationException>(() => new Tuner(Five, new MadeUpObjective(_ => loss)).Run(new TuningPoint(1, 1, 1)));

    [Fact]
    public void A_start_off_the_grid_is_refused_with_the_grid()
    {
        var e = Assert.Throws<InputException>(() => new Tuner(Five, new MadeUpObjective(Bowl)).Run(new TuningPoint(3, 6, 1)));
        Assert.Equal("--epochs was given 6; it takes a value of its grid: 1, 2, 3, 4, 5.", e.Message);
    }

    private static double Bowl(TuningPoint point) =>
        1 + Math.Pow(point.LearningRate - 3, 2) + Math.Pow(point.Epochs - 2, 2) + Math.Pow(point.WeightDecay - 4, 2);
}

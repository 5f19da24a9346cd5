using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>What a study would take.</summary>
public sealed class StudyEstimateTests : IDisposable
{
    private const string Steps = """
        runs:
          seeds: {recipe: base, sweep: {seed: 1..2}}
        tunings:
          tuned: {recipe: base, seed: 1, noise-seeds: 1, grid: {lr: [3e-3, 1e-2], epochs: [1, 2]}}
        ensembles:
          trained: {tuning: tuned, epochs: x2, members: 2}
          taken: {of: seeds}

        """;

    private readonly TestStudy study = new();

    public void Dispose() => study.Dispose();

    [Fact]
    public void Every_run_is_listed_once_with_its_operations_and_upper_bounds_are_named()
    {
        StudyEstimate estimate = study.Estimate(Steps.Replace("tuned: {", "tuned: {dropout: .1, ", StringComparison.Ordinal));
        EstimatedWork[] seeds = [.. estimate.Work.Where(work => work.Step.Name == "seeds")];
        Assert.Equal(2, seeds.Length);
        Assert.All(seeds, work => Assert.Equal((false, false), (work.IsUpper, work.IsDone)));
        Assert.All(estimate.Work, work => Assert.True(work.Seconds > 0 && work.Flops > 0, work.Name));
        // All four points, the repeat at the one of most epochs.
        EstimatedWork[] tuned = [.. estimate.Work.Where(work => work.Step.Name == "tuned")];
        Assert.Equal(5, tuned.Length);
        Assert.All(tuned, work => Assert.True(work.IsUpper));
        Assert.StartsWith("at most: all 4 points", estimate.Notes["tuned"], StringComparison.Ordinal);
        // Twice the most epochs of the grid.
        EstimatedWork member = estimate.Work.First(work => work.Step.Name == "trained");
        Assert.True(member.IsUpper);
        Assert.InRange(member.Flops / tuned.Max(work => work.Flops), 1.7, 2);
        Assert.False(estimate.Work.Single(work => work.Name == "taken, measured").IsUpper);
        Assert.InRange(estimate.CertainHours, 0, estimate.Hours);
        Assert.Equal("its source is not there", estimate.Skipped["lost"]);
        Assert.Empty(study.Store.List());
    }

    [Fact]
    public void What_is_finished_takes_nothing()
    {
        StudyOutcome outcome = study.Run(Steps);
        StudyEstimate estimate = study.Estimate(Steps);
        Assert.All(estimate.Work, work => Assert.True(work.IsDone, work.Name));
        Assert.Equal((0, 0), (estimate.Hours, estimate.Flops));
        Assert.Null(estimate.First);
        // The members that the optimum asked for are those that were trained.
        Assert.Subset(outcome.Runs.Select(run => run.Config.Id).ToHashSet(), estimate.Work.Where(work => work.RunId is not null).Select(work => work.RunId!).ToHashSet());
    }
}

using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Studies carried out: order, what is found again, what fails, what is stopped.</summary>
public sealed class StudyRunnerTests : IDisposable
{
    private const string Story = """
        runs:
          seeds: {recipe: base, sweep: {seed: 1..2}}
        tunings:
          tuned: {recipe: base, seed: 1, noise-seeds: 2, grid: {lr: [3e-3, 1e-2], epochs: [2]}}
        ensembles:
          trained: {tuning: tuned, epochs: x2, members: 3}
          taken: {of: seeds}
        fits:
          in-k: {law: power, of: trained, columns: {K: k}, bootstrap: 0}

        """;

    private readonly TestStudy study = new();

    public void Dispose() => study.Dispose();

    [Fact]
    public void Steps_build_on_each_other_and_are_found_again()
    {
        StudyOutcome outcome = study.Run(Story);
        Assert.DoesNotContain(outcome.Failed, step => step.Step.Name != "gone");
        Dictionary<string, StepReport> steps = outcome.Steps.ToDictionary(step => step.Step.Name);
        var tuned = Assert.IsType<TunedResult>(steps["tuned"].Result);
        Assert.True(tuned.Tuning.Search.Certificate.IsCertified);
        var trained = Assert.IsType<EnsembleResult>(steps["trained"].Result);
        Assert.All(trained.Configs, config => Assert.Equal((tuned.Tuning.Search.Optimum.LearningRate, 4), (config.LearningRate, config.Epochs)));
        Assert.Equal([1UL, 2UL, 3UL], trained.Configs.Select(config => config.InitializationSeed));
        Assert.Equal(steps["seeds"].Result!.Runs.Select(run => run.Config.Id), Assert.IsType<EnsembleResult>(steps["taken"].Result).Configs.Select(config => config.Id));
        Assert.Equal(3, Assert.IsType<FitResult>(steps["in-k"].Result).Fit.Points);

        // A run that steps have in common was trained once.
        string[] ids = [.. outcome.Runs.Select(run => run.Config.Id)];
        Assert.Equal(ids.Distinct().Count(), study.Progress.Trained.Count());

        study.Progress.Clear();
        StudyOutcome again = study.Run(Story);
        Assert.Empty(study.Progress.Trained);
        Assert.All(again.Steps.Where(step => step.Step.Kind is not "fit" and not "dataset"), step => Assert.Equal(StepState.Found, step.State));
        Assert.Equal(outcome.Steps.Select(step => step.Result?.Loss), again.Steps.Select(step => step.Result?.Loss));

        StudyRecord record = StudyFolder.Read(Path.Combine(study.Out, "studies", "test"));
        Assert.Equal(again.Steps.Select(step => step.Step.Name), record.Steps.Select(step => step.Name));
        Assert.Equal(trained.Scores.LogitAverage, record.Steps.First(step => step.Name == "trained").Scores!.LogitAverage);
        Assert.True(RunFolder.IsAt(Path.Combine(study.Out, "studies", "test", record.Steps.First(step => step.Name == "seeds").Runs![0].Folder!)));
    }

    [Fact]
    public void What_fails_is_reported_and_what_does_not_depend_on_it_goes_on()
    {
        StudyOutcome outcome = study.Run("""
            runs:
              good: {recipe: base}
              wild: {recipe: base, lr: 10, wd: 0, clip: infinity, epochs: 40, schedule: constant, warmup: 0}
              without: {recipe: base, data: gone}
              optional: {recipe: base, data: lost}
            ensembles:
              of-wild: {of: [good, wild]}
            fits:
              of-some: {law: power, of: [good, optional], columns: {N: n}}
            """);
        Dictionary<string, StepReport> steps = outcome.Steps.ToDictionary(step => step.Step.Name);
        Assert.Equal(StepState.Done, steps["good"].State);
        Assert.Equal(StepState.Failed, steps["wild"].State);
        Assert.Contains("step", steps["wild"].Message, StringComparison.Ordinal);
        Assert.Equal((StepState.Failed, StepState.Blocked, "needs gone"), (steps["gone"].State, steps["without"].State, steps["without"].Message));
        Assert.Equal((StepState.Blocked, "needs wild"), (steps["of-wild"].State, steps["of-wild"].Message));
        Assert.Equal((StepState.Skipped, "its source is not there"), (steps["lost"].State, steps["lost"].Message));
        Assert.Equal((StepState.Skipped, "needs lost, which is skipped"), (steps["optional"].State, steps["optional"].Message));
        // It takes what there is, and one row is too few.
        Assert.Equal(StepState.Failed, steps["of-some"].State);
        Assert.StartsWith("study.yaml, line ", steps["of-some"].Message, StringComparison.Ordinal);

        study.Progress.Clear();
        IReadOnlyList<StepReport> status = study.Status("runs:\n  good: {recipe: base}\n  more: {recipe: base, sweep: {seed: [0, 7]}}\n");
        Assert.Equal(StepState.Found, status.First(step => step.Step.Name == "good").State);
        Assert.Equal((StepState.Pending, "1 of 2 runs finished"), (status.First(step => step.Step.Name == "more").State, status.First(step => step.Step.Name == "more").Message));
        Assert.Empty(study.Progress.Trained);
    }

    [Fact]
    public void A_run_that_diverged_is_not_tried_again()
    {
        const string Wild = "runs:\n  wild: {recipe: base, lr: 10, wd: 0, clip: infinity, epochs: 40, schedule: constant, warmup: 0}\n";
        study.Run(Wild);
        study.Progress.Clear();
        StepReport wild = study.Run(Wild).Steps.First(step => step.Step.Name == "wild");
        Assert.Equal(StepState.Failed, wild.State);
        Assert.Empty(study.Progress.Trained);
    }

    [Fact]
    public void Stopped_and_gone_on_with_it_comes_to_the_same_bits()
    {
        const string Steps = "runs:\n  seeds: {recipe: base, sweep: {seed: 1..3}}\nensembles:\n  all: {of: seeds}\n";
        using var stop = new CancellationTokenSource();
        study.Progress.AfterStep = (_, step) => CancelAt(stop, step);
        StudyOutcome stopped = study.Run(Steps, cancellation: stop.Token);
        Assert.True(stopped.IsInterrupted);
        Assert.Equal(StepState.Interrupted, stopped.Steps.First(step => step.Step.Name == "seeds").State);
        Assert.Equal((StepState.Pending, "needs seeds"), (stopped.Steps.First(step => step.Step.Name == "all").State, stopped.Steps.First(step => step.Step.Name == "all").Message));
        StepReport pending = study.Status(Steps).First(step => step.Step.Name == "seeds");
        Assert.Contains("0 of 3 runs finished; ", pending.Message, StringComparison.Ordinal);
        Assert.Contains(" at step ", pending.Message, StringComparison.Ordinal);

        study.Progress.AfterStep = null;
        StudyOutcome resumed = study.Run(Steps);
        using var fresh = new TestStudy();
        StudyOutcome whole = fresh.Run(Steps);
        foreach (string id in whole.Runs.Select(run => run.Config.Id))
            Assert.Equal(ModelOf(fresh, id), ModelOf(study, id));
        Assert.Equal(
            whole.Steps.Select(step => step.Result?.Loss),
            resumed.Steps.Select(step => step.Result?.Loss));
    }

    [Fact]
    public void A_spent_budget_stops_and_saves()
    {
        const string Steps = "runs:\n  long: {recipe: base, epochs: 100000}\n";
        StudyOutcome outcome = study.Run(Steps, study.Options with { Budget = TimeSpan.FromSeconds(2) });
        Assert.True(outcome.IsOverBudget);
        Assert.InRange(outcome.Seconds, 1, 60);
        Assert.Equal(StepState.Interrupted, outcome.Steps.First(step => step.Step.Name == "long").State);
        // On a busy machine it may not have come to begin the run.
        Assert.All(study.Store.List(), run => Assert.NotNull(RunFolder.FindCheckpoint(run, RunFolder.ReadConfig(run))));
    }

    private static void CancelAt(CancellationTokenSource stop, long step)
    {
        if (step == 5)
            stop.Cancel();
    }

    private static byte[] ModelOf(TestStudy study, string id)
    {
        string folder = Path.Combine(study.Out, id);
        return File.ReadAllBytes(RunFolder.FindCheckpoint(folder, RunFolder.ReadConfig(folder))!.ModelPath);
    }
}

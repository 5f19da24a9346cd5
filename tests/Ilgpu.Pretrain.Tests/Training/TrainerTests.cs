using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    /// <summary>
    /// Two orders of summing the same fp32 gradients: a relative 1e-7 a sum, which Adam's division by their own magnitude
    /// passes on to the parameters, and sixteen steps of it.
    /// </summary>
    private const double OtherSummationOrder = 2e-4;

    private readonly TestRuns runs = new();

    [Fact]
    public void A_run_learns_and_leaves_its_files()
    {
        var progress = new RecordingProgress();
        TrainingConfig config = runs.Config with { Epochs = 12, Dropout = 0, LearningRate = .03 };
        TrainingOutcome outcome = runs.Run("run", config, progress: progress);

        Assert.Equal(TrainingStatus.Finished, outcome.Status);
        RunResult result = outcome.Result!;
        Assert.Equal(96, result.Steps);
        Assert.Equal(96 * 64, result.Tokens);
        Assert.Equal(runs.Dataset.Validation.Length - 1, result.ValTokens);
        Assert.InRange(result.TrainLoss, 0, .6 * Math.Log(257));
        Assert.InRange(result.ValLoss, 0, .7 * Math.Log(257));
        Assert.Equal(result.ValLoss * result.ValTokens / (Math.Log(2) * runs.Dataset.TextBytes(runs.Dataset.Validation, 1, result.ValTokens + 1)), result.BitsPerByte, 1e-12);
        Assert.Equal(runs.Metrics("run").Min(line => line.ValLoss), result.BestValLoss);
        Assert.Equal(result, RunFolder.ReadResult(runs.Path("run")));
        Assert.Equal(config, RunFolder.ReadConfig(runs.Path("run")));
        Assert.Equal(96, progress.Steps.Count);
        Assert.Equal(12, progress.Steps[^1].Epoch);
        Assert.Equal(TimeSpan.Zero, progress.Steps[^1].Remaining);
        Assert.Equal(24, progress.Evaluations.Count);
        Assert.Empty(progress.Notices);
        RunSession session = Assert.Single(RunFolder.ReadEnvironment(runs.Path("run")).Sessions);
        Assert.Equal((IlgpuRuntime.Kind, 2, "cpu", 0L), (session.Ilgpu, session.Threads, session.Device, session.FromStep));
    }

    [Fact]
    public void The_training_loss_logged_is_the_mean_since_the_last_line()
    {
        var progress = new RecordingProgress();
        runs.Run("run", progress: progress);
        double[] losses = [.. progress.Steps.Select(step => step.Loss)];
        MetricsLine[] lines = [.. runs.Metrics("run").Where(line => line.Kind == MetricsKind.Step)];
        Assert.Equal([3, 6, 9, 12, 15, 16], lines.Select(line => line.Step));
        Assert.Equal(losses[3..6].Average(), lines[1].Loss!.Value, 1e-12);
        Assert.Equal(losses[15], lines[5].Loss);
        Assert.Equal(losses[8..16].Average(), RunFolder.ReadResult(runs.Path("run"))!.TrainLoss, 1e-12);
        Assert.Equal([4, 8, 12, 16], runs.Metrics("run").Where(line => line.Kind == MetricsKind.Evaluation).Select(line => line.Step));
    }

    /// <summary>Before a line of metrics, at an evaluation, at a checkpoint, within the second epoch, before the last step.</summary>
    [Theory]
    [InlineData(ShuffleUnit.Windows, ShuffleMode.Once, 1)]
    [InlineData(ShuffleUnit.Windows, ShuffleMode.Once, 5)]
    [InlineData(ShuffleUnit.Windows, ShuffleMode.Epoch, 4)]
    [InlineData(ShuffleUnit.Windows, ShuffleMode.Epoch, 11)]
    [InlineData(ShuffleUnit.Windows, ShuffleMode.Epoch, 15)]
    [InlineData(ShuffleUnit.Documents, ShuffleMode.Once, 5)]
    [InlineData(ShuffleUnit.Documents, ShuffleMode.Epoch, 4)]
    [InlineData(ShuffleUnit.Documents, ShuffleMode.Epoch, 11)]
    public void A_run_that_was_stopped_ends_with_the_same_bits(ShuffleUnit order, ShuffleMode shuffle, long stopAfter)
    {
        TrainingConfig config = runs.Config with { Order = order, Shuffle = shuffle };
        TrainingOutcome undisturbed = runs.Run("undisturbed", config);
        TrainingOutcome stopped = runs.RunUntil(stopAfter, "stopped", config);
        Assert.Equal((TrainingStatus.Interrupted, stopAfter), (stopped.Status, stopped.Step));
        Assert.Null(RunFolder.ReadResult(runs.Path("stopped")));
        TrainingOutcome resumed = runs.Run("stopped", config);

        Assert.Equal(TrainingStatus.Finished, resumed.Status);
        AssertSameRun("undisturbed", "stopped", config);
        Assert.Equal(undisturbed.Result! with { Seconds = 0 }, resumed.Result! with { Seconds = 0 });
    }

    [Fact]
    public void A_process_that_was_killed_goes_on_from_its_last_checkpoint_with_the_same_bits()
    {
        TrainingOptions options = TestRuns.Options with { EvaluateEvery = 0 };
        runs.Run("undisturbed", options: options);
        Assert.Throws<KilledException>(() => runs.Run("killed", options: options, progress: KillAfter(13)));
        Assert.Equal(10, RunFolder.FindCheckpoint(runs.Path("killed"), runs.Config)!.State.Step);
        Assert.Contains(runs.Metrics("killed"), line => line.Step == 12);
        runs.Run("killed", options: options);
        AssertSameRun("undisturbed", "killed", runs.Config);
    }

    [Fact]
    public void A_damaged_checkpoint_costs_time_but_no_bits()
    {
        TrainingOptions options = TestRuns.Options with { EvaluateEvery = 0 };
        runs.Run("undisturbed", options: options);
        Assert.Throws<KilledException>(() => runs.Run("damaged", options: options, progress: KillAfter(13)));
        Checkpoint newest = RunFolder.FindCheckpoint(runs.Path("damaged"), runs.Config)!;
        File.Delete(newest.OptimizerPath);
        var progress = new RecordingProgress();
        runs.Run("damaged", options: options, progress: progress);
        Assert.Contains("is damaged", Assert.Single(progress.Notices), StringComparison.Ordinal);
        Assert.Equal(5, progress.Start!.FromStep);
        AssertSameRun("undisturbed", "damaged", runs.Config);
    }

    [Fact]
    public void Without_an_intact_checkpoint_the_run_starts_anew_and_says_so()
    {
        runs.Run("undisturbed");
        runs.RunUntil(6, "damaged");
        foreach (string folder in Directory.GetDirectories(Path.Combine(runs.Path("damaged"), "checkpoints")))
            File.Delete(Path.Combine(folder, Checkpoint.StateFileName));
        var progress = new RecordingProgress();
        runs.Run("damaged", progress: progress);
        Assert.Equal("No checkpoint is intact: the run starts from its beginning.", progress.Notices[^1]);
        AssertSameRun("undisturbed", "damaged", runs.Config);
    }

    [Fact]
    public void A_run_killed_while_it_evaluated_goes_on_from_the_checkpoint_before_it()
    {
        runs.Run("undisturbed");
        TrainingOptions options = TestRuns.Options with { CheckpointEvery = 0 };
        Assert.Throws<KilledException>(() => runs.Run("killed", options: options, progress: new RecordingProgress { BeforeEvaluationNoted = step => ThrowAt(step, 4) }));
        Assert.Equal(4, RunFolder.FindCheckpoint(runs.Path("killed"), runs.Config)!.State.Step);
        runs.Run("killed", options: options);
        AssertSameRun("undisturbed", "killed", runs.Config);
    }

    [Fact]
    public void A_checkpoint_is_there_before_the_last_evaluation_starts()
    {
        Assert.Throws<KilledException>(() => runs.Run("killed", progress: new RecordingProgress { BeforeEvaluationNoted = step => ThrowAt(step, 16) }));
        Assert.Equal(16, RunFolder.FindCheckpoint(runs.Path("killed"), runs.Config)!.State.Step);
        var progress = new RecordingProgress();
        Assert.Equal(TrainingStatus.Finished, runs.Run("killed", progress: progress).Status);
        Assert.Empty(progress.Steps);
    }

    [Fact]
    public void A_finished_run_is_returned_and_not_run_again()
    {
        TrainingOutcome first = runs.Run("run");
        var progress = new RecordingProgress();
        TrainingOutcome second = runs.Run("run", progress: progress);
        Assert.Equal(TrainingStatus.AlreadyFinished, second.Status);
        Assert.Equal(first.Result, second.Result);
        Assert.Null(progress.Start);
    }

    [Fact]
    public void The_same_seeds_give_the_same_bits_and_each_seed_and_the_order_matter()
    {
        TrainingConfig config = runs.Config with { Epochs = 1 };
        runs.Run("a", config);
        runs.Run("b", config);
        AssertSameRun("a", "b", config);
        TrainingConfig[] others =
        [
            config with { InitializationSeed = 9 },
            config with { DataSeed = 9 },
            config with { Order = ShuffleUnit.Documents },
            config with { DropoutSeed = 9 },
        ];
        foreach (TrainingConfig other in others)
        {
            runs.Run(other.Id, other);
            Assert.NotEqual(runs.FinalTensors("a", config).Model, runs.FinalTensors(other.Id, other).Model);
        }
    }

    [Fact]
    public void The_number_of_threads_does_not_change_the_bits_and_is_recorded()
    {
        runs.Run("two");
        runs.RunUntil(6, "mixed");
        using Device single = Device.OpenCpu(1);
        var progress = new RecordingProgress();
        Trainer.Run(runs.Config, TestRuns.Options, new TrainingSources(runs.Dataset), single, runs.Path("mixed"), progress, TestContext.Current.CancellationToken);
        AssertSameRun("two", "mixed", runs.Config);
        Assert.Contains("threads: 2, now 1", Assert.Single(progress.Notices), StringComparison.Ordinal);
        Assert.Equal([0, 6], RunFolder.ReadEnvironment(runs.Path("mixed")).Sessions.Select(session => session.FromStep));
    }

    [Fact]
    public void Accumulated_passes_are_one_larger_batch()
    {
        TrainingConfig whole = runs.Config with { Dropout = 0 };
        TrainingConfig halves = whole with { Batch = 2, Accumulation = 2 };
        var ofWhole = new RecordingProgress();
        var ofHalves = new RecordingProgress();
        runs.Run("whole", whole, progress: ofWhole);
        runs.Run("halves", halves, progress: ofHalves);
        Assert.Equal(16, ofHalves.Steps.Count);
        Assert.Equal(ofWhole.Steps[0].Loss, ofHalves.Steps[0].Loss);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(ofWhole.Steps[i].Loss, ofHalves.Steps[i].Loss, OtherSummationOrder);
            Assert.Equal(ofWhole.Steps[i].GradientNorm, ofHalves.Steps[i].GradientNorm, OtherSummationOrder * 10);
        }
    }

    [Fact]
    public void Recomputation_does_not_change_the_bits()
    {
        runs.Run("kept");
        runs.Run("recomputed", options: TestRuns.Options with { Recompute = true });
        AssertSameRun("kept", "recomputed", runs.Config);
    }

    [Fact]
    public void An_absurd_learning_rate_stops_the_run_with_its_step_and_takes_no_good_checkpoint_s_place()
    {
        TrainingConfig config = runs.Config with
        {
            Epochs = 8,
            LearningRate = 10,
            Schedule = ScheduleKind.Constant,
            WarmUpShare = 0,
            WeightDecay = 0,
        };
        var e = Assert.Throws<TrainingDivergedException>(() => runs.Run("run", config, TestRuns.Options with { CheckpointEvery = 1 }));
        Assert.InRange(e.Step, 2, 64);
        Assert.StartsWith($"Step {e.Step}: the ", e.Message, StringComparison.Ordinal);
        Assert.Null(RunFolder.ReadResult(runs.Path("run")));
        Checkpoint kept = RunFolder.FindCheckpoint(runs.Path("run"), config)!;
        Assert.InRange(kept.State.Step, 1, e.Step - 1);
        Assert.Equal(0, kept.State.StepsBeyondBound);
        RunSummary told = RunSummary.Read(runs.Path("run"));
        Assert.Equal((RunState.Diverged, e.Step, e.Message), (told.State, told.Step, told.Divergence?.Message));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_the_run_and_keeps_the_checkpoint()
    {
        runs.RunUntil(7, "run");
        MakeWeightsHuge();
        var e = Assert.Throws<TrainingDivergedException>(() => runs.Run("run"));

        // The checkpoint's own evaluation was still to come, and is the first to meet the weights.
        Assert.Equal(8, e.Step);
        Assert.StartsWith("Step 8: the validation loss is NaN", e.Message, StringComparison.Ordinal);
        Assert.Equal(8, RunFolder.FindCheckpoint(runs.Path("run"), runs.Config)!.State.Step);
        Assert.Null(RunFolder.ReadResult(runs.Path("run")));
    }

    [Fact]
    public void A_plan_beyond_the_memory_is_refused_before_anything_is_made()
    {
        TrainingConfig config = runs.Config with { Model = TestRuns.Model with { Hidden = 65536, Heads = 512, KeyValueHeads = 512, Mlp = 1 << 18, Layers = 512 } };
        string message = Assert.Throws<InputException>(() => runs.Run("run", config)).Message;
        Assert.Matches(@"takes [\d.]+ GiB, and cpu has [\d.]+ GiB", message);
        Assert.False(Directory.Exists(runs.Path("run")));
    }

    [Fact]
    public void A_dataset_that_does_not_fit_is_refused()
    {
        Assert.Contains("The run is on the dataset other", Refusal(runs.Config with { DatasetHash = "other" }), StringComparison.Ordinal);
        Assert.Contains("--tokens was given 1000000; the dataset's training part has", Refusal(runs.Config with { Tokens = 1_000_000 }), StringComparison.Ordinal);
        Assert.Contains("has a vocabulary of 256", Refusal(runs.Config with { Model = TestRuns.Model with { Vocabulary = 256 } }), StringComparison.Ordinal);
    }

    /// <summary>
    /// What remains a step is ILGPU's own: as much as the bare passes and the optimizer leave. The median, since a list of
    /// ILGPU's grows in some steps and the last step writes a line.
    /// </summary>
    [Fact]
    public void A_step_allocates_nothing_of_its_own()
    {
        var allocated = new List<long>(capacity: 64);
        var progress = new RecordingProgress { AfterStep = _ => allocated.Add(GC.GetAllocatedBytesForCurrentThread()) };
        runs.Run("run", options: new TrainingOptions { LogEvery = 1000 }, progress: progress);
        long[] perStep = [.. allocated.Zip(allocated.Skip(1), (before, after) => after - before)];
        Assert.Equal(BareStepAllocation(), perStep.Order().ElementAt(perStep.Length / 2));
    }

    [Fact]
    public void Trained_weights_load_into_a_model_of_their_own()
    {
        TrainingOutcome outcome = runs.Run("run");
        Checkpoint checkpoint = RunFolder.FindCheckpoint(runs.Path("run"), runs.Config)!;
        using var model = new LlamaModel(TestRuns.Device, TestRuns.Model, new LlamaModelOptions(3, 16));
        CheckpointTensors.LoadInto(model, checkpoint.ModelPath);
        ValidationScore score = new Evaluator(model, runs.Dataset).Evaluate(TestContext.Current.CancellationToken);
        Assert.Equal(outcome.Result!.ValLoss, score.Loss);
    }

    public void Dispose() => runs.Dispose();

    private static RecordingProgress KillAfter(long step) => new() { AfterStep = taken => ThrowAt(taken, step) };

    private static void ThrowAt(long taken, long step)
    {
        if (taken == step)
            throw new KilledException();
    }

    private string Refusal(TrainingConfig config) => Assert.Throws<InputException>(() => runs.Run("run", config)).Message;

    private void AssertSameRun(string expected, string actual, TrainingConfig config)
    {
        Assert.Equal(runs.FinalTensors(expected, config).Model, runs.FinalTensors(actual, config).Model);
        Assert.Equal(runs.FinalTensors(expected, config).Optimizer, runs.FinalTensors(actual, config).Optimizer);
        Assert.Equal(runs.Metrics(expected), runs.Metrics(actual));
    }

    /// <summary>Puts a checkpoint of step 8 on top whose weights are finite and whose products are not.</summary>
    private void MakeWeightsHuge()
    {
        using RunFolder folder = RunFolder.Open(runs.Path("run"), runs.Config);
        Checkpoint checkpoint = folder.Checkpoints.FindNewest()!;
        var layout = new ParameterLayout(TestRuns.Model);
        using var weights = new Slab<float>(TestRuns.Device, layout.Slab);
        using var moments = new Slab<float>(TestRuns.Device, layout.Slab);
        foreach (SlabEntry entry in layout.Slab.Entries)
        {
            var huge = new float[entry.Length];
            Array.Fill(huge, 1e30f);
            weights[entry].CopyFrom(huge);
        }

        folder.Checkpoints.Save(
            checkpoint.State with { Step = 8 },
            [.. CheckpointTensors.Of(layout, weights)],
            [.. CheckpointTensors.Of(layout, moments, "first_moment."), .. CheckpointTensors.Of(layout, moments, "second_moment.")]);
    }

    private long BareStepAllocation()
    {
        TrainingConfig config = runs.Config;
        using var model = new LlamaModel(TestRuns.Device, config.Model, Trainer.ModelOptions(config, new TrainingOptions()));
        model.Initialize(0);
        using var optimizer = new AdamWOptimizer(
            TestRuns.Device, config.AdamW, model.Parameters, model.Gradients, model.Layout.DecayedLength);
        var ids = new int[64];
        var losses = new float[64];
        long least = long.MaxValue;
        for (int step = 0; step < 8; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            model.ForwardBackward(ids, ids, 1f / 64, accumulate: false, 0, (uint)step);
            model.CopyLosses(losses);
            optimizer.TryStep(new StepRates(1e-3, WeightDecay: .1), out _);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private sealed class KilledException : Exception;
}

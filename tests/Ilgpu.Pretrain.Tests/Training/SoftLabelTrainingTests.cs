using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class SoftLabelTrainingTests : IDisposable
{
    private readonly TestRuns runs = new();

    private TrainingConfig Teacher => runs.Config with { DataSeed = 7, InitializationSeed = 8 };

    /// <summary>Of other width and depth than the student.</summary>
    private TrainingConfig OtherTeacher => runs.Config with { Model = TestRuns.Model with { Hidden = 24, Layers = 1 }, InitializationSeed = 9 };

    [Fact]
    public void A_student_of_an_ensemble_that_was_stopped_ends_with_the_same_bits_and_metrics()
    {
        TrainTeachers();
        TrainingConfig config = Student([Teacher.Id, OtherTeacher.Id], EnsembleAveraging.Probabilities);
        Assert.Equal(TrainingStatus.Finished, Train("whole", config, ["teacher", "other"]).Status);
        Assert.Equal(TrainingStatus.Interrupted, Train("stopped", config, ["teacher", "other"], stopAfter: 7).Status);
        Assert.Equal(TrainingStatus.Finished, Train("stopped", config, ["teacher", "other"]).Status);
        (byte[] model, byte[] optimizer) = runs.FinalTensors("whole", config);
        (byte[] model2, byte[] optimizer2) = runs.FinalTensors("stopped", config);
        Assert.Equal(model, model2);
        Assert.Equal(optimizer, optimizer2);
        Assert.Equal(Lines("whole"), Lines("stopped"));
        Assert.Equal(TrainingStatus.AlreadyFinished, Train("whole", config, []).Status);

        (double?, double?, double?)[] Lines(string name) =>
            [.. RunFolder.ReadMetrics(runs.Path(name)).Select(line => (line.Loss, line.CrossEntropy, line.ValLoss))];
    }

    [Fact]
    public void The_logged_loss_is_the_mix_and_the_texts_alone_is_logged_beside_it()
    {
        TrainTeachers();
        TrainingConfig config = Student([Teacher.Id]) with { Accumulation = 2, Batch = 2, Dropout = 0 };
        Train("student", config, ["teacher"]);
        runs.Run("plain", config with { SoftLabels = null });
        MetricsLine soft = FirstStep("student");
        MetricsLine plain = FirstStep("plain");
        Assert.Null(plain.CrossEntropy);

        // One step before any learning: the cross-entropies of both are of the same parameters and batch.
        TrainingConfig sure = config with { SoftLabels = config.SoftLabels! with { Alpha = 0 } };
        Train("sure", sure, ["teacher"]);
        Assert.Equal(FirstStep("sure").CrossEntropy, FirstStep("sure").Loss);
        Assert.NotEqual(soft.CrossEntropy, soft.Loss);
        Assert.InRange(soft.Loss!.Value, .5 * soft.CrossEntropy!.Value, soft.CrossEntropy.Value);
        Assert.Equal(plain.Loss!.Value, FirstStep("sure").Loss!.Value, 1e-4);

        MetricsLine FirstStep(string name) => RunFolder.ReadMetrics(runs.Path(name)).First(line => line.Kind == MetricsKind.Step);
    }

    [Fact]
    public void Everything_about_the_teachers_is_in_the_runs_name_and_a_run_without_keeps_its()
    {
        TrainingConfig[] configs =
        [
            runs.Config,
            Student(["0123456789abcdef"]),
            Student(["0123456789abcdef", "00000000000000ff"]),
            Student(["00000000000000ff", "0123456789abcdef"]),
            Student(["00000000000000ff", "0123456789abcdef"], EnsembleAveraging.Probabilities),
            Student(["0123456789abcdef"]) with { SoftLabels = Student(["0123456789abcdef"]).SoftLabels! with { Alpha = .5 } },
            Student(["0123456789abcdef"]) with { SoftLabels = Student(["0123456789abcdef"]).SoftLabels! with { Temperature = 2 } },
        ];
        Assert.Equal(configs.Length, configs.Select(config => config.Id).Distinct().Count());
        Assert.All(configs, config => Assert.Equal(config, TrainingConfig.FromJson(config.ToJson())));
        Assert.DoesNotContain("soft_labels", runs.Config.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_teachers_take_part_in_the_planned_memory()
    {
        TrainTeachers();
        TrainingConfig config = Student([Teacher.Id, OtherTeacher.Id]);
        IReadOnlyList<EnsembleMember> teachers = SoftLabelTeachers.Open([runs.Path("teacher"), runs.Path("other")]);
        ModelPlan plan = Trainer.PlanMemory(config, TestRuns.Options, teachers);
        Assert.True(plan.Teachers > 4 * (Teacher.Model.ParameterCount + OtherTeacher.Model.ParameterCount));
        Assert.Equal(plan.Total, Trainer.PlanMemory(config, TestRuns.Options).Total + plan.Teachers);
    }

    [Fact]
    public void Where_the_teachers_lay_is_recorded()
    {
        TrainTeachers();
        Train("run", Student([OtherTeacher.Id]), ["other"], stopAfter: 1);
        Assert.Equal([runs.Path("other")], RunFolder.ReadEnvironment(runs.Path("run")).Sessions[^1].TeacherFolders);
    }

    [Fact]
    public void A_chain_goes_on_from_each_student_as_the_next_ones_teacher()
    {
        TrainTeachers();
        TrainingConfig first = Student([Teacher.Id]);
        TrainingConfig second = Student([first.Id]);
        Train("first", first, ["teacher"]);
        Assert.Equal(TrainingStatus.Finished, Train("second", second, ["first"]).Status);
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public void Teachers_that_cannot_teach_are_refused()
    {
        TrainTeachers();
        TrainingConfig student = Student([Teacher.Id]);
        AssertRefused("The run has 1 teachers; 0 were given", student, []);
        AssertRefused("The run has 0 teachers; 1 were given", runs.Config, ["teacher"]);
        AssertRefused($"Teacher 1 of the run is run {Teacher.Id}; the one in '{runs.Path("other")}' is {OtherTeacher.Id}", student, ["other"]);
        AssertRefused("has a vocabulary of 257, and the student one of 260", student with { Model = student.Model with { Vocabulary = 260 } }, ["teacher"]);
        AssertRefused("has a context of 16, and the student's windows a --length of 20", student with { Model = student.Model with { Context = 32 }, Length = 20, Batch = 2 }, ["teacher"]);
        AssertRefused("--alpha", student with { SoftLabels = student.SoftLabels! with { Alpha = 1.5 } }, ["teacher"]);
        AssertRefused("--temperature", student with { SoftLabels = student.SoftLabels! with { Temperature = 0 } }, ["teacher"]);
        AssertRefused("each run once", Student([Teacher.Id, Teacher.Id]), ["teacher", "teacher"]);
        AssertRefused("takes the id of a run", Student(["teacher"]), ["teacher"]);
        AssertRefused("one teacher at least", student, [], open: true);
        runs.RunUntil(3, "unfinished", Teacher with { DataSeed = 77 });
        AssertRefused("is not finished", student, ["unfinished"]);
    }

    [Fact]
    public void A_teacher_of_another_tokenizer_is_refused()
    {
        TrainTeachers();
        using TokenDataset characters = DatasetBuilder.Build(
            new DatasetOptions { Source = runs.Path("text"), ValidationShare = .4, Threads = 1, Tokenizer = "characters" },
            runs.Path("characters"),
            cancellation: TestContext.Current.CancellationToken);
        TrainingConfig config = Student([Teacher.Id]) with { DatasetHash = characters.Hash, Tokens = 300 };
        InputException refused = Assert.Throws<InputException>(() => Trainer.Run(
            config,
            TestRuns.Options,
            new TrainingSources(characters) { Teachers = SoftLabelTeachers.Open([runs.Path("teacher")]) },
            TestRuns.Device,
            runs.Path("refused"),
            cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("of another tokenizer", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => runs.Dispose();

    private TrainingConfig Student(string[] teachers, EnsembleAveraging averaging = EnsembleAveraging.Logits) =>
        runs.Config with { SoftLabels = new SoftLabels { Teachers = teachers, Averaging = averaging } };

    private void TrainTeachers()
    {
        runs.Run("teacher", Teacher);
        runs.Run("other", OtherTeacher);
    }

    private void AssertRefused(string message, TrainingConfig config, string[] teachers, bool open = false)
    {
        InputException refused = Assert.Throws<InputException>(() => open
            ? throw new Xunit.Sdk.XunitException($"{SoftLabelTeachers.Open([]).Count} teachers were opened.")
            : Train("refused", config, teachers));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private TrainingOutcome Train(string name, TrainingConfig config, string[] teachers, long? stopAfter = null)
    {
        using var source = new CancellationTokenSource();
        var progress = new RecordingProgress { AfterStep = step => StopAt(step) };
        var sources = new TrainingSources(runs.Dataset)
        {
            Teachers = teachers.Length == 0 ? [] : SoftLabelTeachers.Open([.. teachers.Select(runs.Path)]),
        };
        return Trainer.Run(config, TestRuns.Options, sources, TestRuns.Device, runs.Path(name), progress, source.Token);

        void StopAt(long step)
        {
            if (step == stopAfter)
                source.Cancel();
        }
    }
}

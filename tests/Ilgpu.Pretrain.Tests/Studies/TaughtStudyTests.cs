using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Steps whose runs learn from other runs: students by text and by soft labels, continued runs.</summary>
public sealed class TaughtStudyTests : IDisposable
{
    private const string Story = """
        ensembles:
          pair: {recipe: base, seed: 1, members: 2}
          onward: {of: more}
        distillations:
          by-text: {teacher: pair, recipe: base, synthetic: {weight: .5, tokens: 300}}
          by-labels: {teacher: pair, recipe: base, seed: 9, soft: {alpha: .5}}
          chained: {teacher: by-labels, recipe: base, seed: 10, soft: {}}
        continued:
          more: {from: pair, recipe: base, data: second, tokens: 300, epochs: 1, replay: .25}

        """;

    private readonly TestStudy study = new("  second: {source: more, validation-share: .2, tokenizer-of: text}\n");

    public void Dispose() => study.Dispose();

    [Fact]
    public void Students_and_continued_runs_are_trained_found_again_and_told_by_a_ledger()
    {
        StudyOutcome outcome = study.Run(Story);
        Assert.DoesNotContain(outcome.Failed, step => step.Step.Name != "gone");
        Dictionary<string, StepResult> results = outcome.Steps.Where(step => step.Result is not null).ToDictionary(step => step.Step.Name, step => step.Result!);
        var pair = (EnsembleResult)results["pair"];

        var byText = (DistillationResult)results["by-text"];
        Assert.Equal((.5, 300L), (byText.Student.Config.Mixed!.Share, byText.Student.Config.Mixed.Tokens));
        // A seed that no teacher has, where none is said.
        Assert.Equal(3UL, byText.Student.Config.InitializationSeed);
        Assert.Equal(pair.Loss, byText.TeacherLoss);
        Assert.Equal(pair.Scores.Members.Min(), byText.BaselineLoss);
        var byLabels = (DistillationResult)results["by-labels"];
        Assert.Equal(pair.Configs.Select(config => config.Id), byLabels.Student.Config.SoftLabels!.Teachers);
        Assert.Equal((.5, 9UL), (byLabels.Student.Config.SoftLabels.Alpha, byLabels.Student.Config.InitializationSeed));
        Assert.Equal([byLabels.Student.Config.Id], ((DistillationResult)results["chained"]).Student.Config.SoftLabels!.Teachers);
        IReadOnlyList<StudyRun> more = results["more"].Runs;
        Assert.Equal(pair.Configs.Select(config => config.Id), more.Select(run => run.Config.Start!.RunId));
        Assert.All(more, run => Assert.Equal((.25, pair.Configs[0].DatasetHash), (run.Config.Mixed!.Share, run.Config.Mixed.DatasetHash)));
        Assert.Equal(more.Select(run => run.Config.Id), ((EnsembleResult)results["onward"]).Configs.Select(config => config.Id));

        // What was gained and forgotten lies in the store, as 'pretrain continue' has it there.
        Assert.DoesNotContain(study.Progress.Notices, notice => notice.Contains("not measured", StringComparison.Ordinal));
        string continuation = Assert.Single(Directory.GetDirectories(Path.Combine(study.Out, "continuations")));
        ContinuationRecord record = ContinuationEvaluator.ReadFolder(continuation);
        Assert.Equal(more.Select(run => run.Config.Id), record.After);
        Assert.Equal(more.Select(run => run.Result.ValLoss), record.Scores.New.After.Members);
        Assert.Equal(pair.Scores.LogitAverage, record.Scores.Old!.Before.LogitAverage);
        Assert.Contains(ReportBuilder.Of([Path.Combine(study.Out, "studies", "test")]).Sections, section => section.Title == "Continuation more");

        study.Progress.Clear();
        StudyOutcome again = study.Run(Story);
        Assert.Empty(study.Progress.Trained);
        Assert.Equal(StepState.Found, again.Steps.Single(step => step.Step.Name == "more").State);

        // Killed before it was measured: the same command measures.
        Directory.Delete(continuation, recursive: true);
        Assert.Equal("2 of 2 runs finished, not measured", study.Status(Story).Single(step => step.Step.Name == "more").Message);
        study.Run(Story);
        Assert.Empty(study.Progress.Trained);
        Assert.Equal(record.Scores.New.Change, ContinuationEvaluator.ReadFolder(continuation).Scores.New.Change);
        Assert.Equal(outcome.Steps.Select(step => step.Result?.Summary), again.Steps.Select(step => step.Result?.Summary));

        string ledger = study["ledger.jsonl"];
        StudyLedger.Export(ledger, outcome, study.Options);
        StudyOutcome there = study.Run(Story, study.Options with { Out = study["elsewhere"], Ledger = StudyLedger.Read(ledger) });
        Assert.Empty(study.Progress.Trained);
        Assert.Equal(outcome.Steps.Select(step => step.Result?.Summary), there.Steps.Select(step => step.Result?.Summary));

        StudyEstimate estimate = study.Estimate(Story);
        Assert.All(estimate.Work, work => Assert.True(work.IsDone, work.Name));
    }

    [Fact]
    public void The_status_tells_how_far_a_student_and_its_text_are()
    {
        const string Teacher = "runs:\n  teacher: {recipe: base, seed: 1}\ndistillations:\n";
        const string ByText = Teacher + "  student: {teacher: teacher, recipe: base, synthetic: {weight: .5, tokens: 1600}}\n";
        const string ByLabels = Teacher + "  student: {teacher: teacher, recipe: base, seed: 9, soft: {alpha: .5}}\n";
        const string Begun = "^0 of 1 runs finished; [0-9a-f]{16} at step [34] of ";
        // 100 sequences of 16 in two batches, as long as each other: the second one is stopped.
        Assert.Equal("800 of 1,600 tokens sampled (50%)", MessageAfter(ByText, tokens: 1200));
        Assert.Matches(Begun, MessageAfter(ByText, tokens: null));
        Assert.Matches(Begun, MessageAfter(ByLabels, tokens: null));

        string? MessageAfter(string steps, long? tokens)
        {
            using var stop = new CancellationTokenSource();
            study.Progress.AfterSample = (_, sampled) => Cancel(stop, sampled.Tokens > tokens);
            study.Progress.AfterStep = (name, step) => Cancel(stop, name == "student" && step == 3);
            study.Run(steps, cancellation: stop.Token, slots: 1);
            return study.Status(steps).Single(step => step.Step.Name == "student").Message;
        }

        static void Cancel(CancellationTokenSource source, bool now)
        {
            if (now)
                source.Cancel();
        }
    }

    [Fact]
    public void What_is_to_come_is_estimated_with_the_text_that_is_sampled()
    {
        StudyEstimate estimate = study.Estimate(Story);
        EstimatedWork student = estimate.Work.Single(work => work.Name == "by-text");
        EstimatedWork member = estimate.Work.First(work => work.Step.Name == "pair");
        // Half of every batch is sampled: twice the steps.
        Assert.InRange(student.Flops / member.Flops, 1.5, 2);
        Assert.True(estimate.Work.Single(work => work.Name == "by-text, sampled").Flops > 0);
        Assert.Equal(2, estimate.Work.Count(work => work.Step.Name == "more" && work.RunId is not null));
        Assert.True(estimate.Work.Where(work => work.Step.Name == "more" && work.RunId is null).Sum(work => work.Flops) > 0);
    }

    [Fact]
    public void A_continued_run_takes_the_tokens_of_what_it_goes_on_from()
    {
        using var other = new TestStudy("  second: {source: more, validation-share: .2, tokenizer: characters}\n");
        StepReport more = other.Run("runs:\n  first: {recipe: base}\ncontinued:\n  more: {from: first, recipe: base, data: second, tokens: 300}\n").Steps.First(step => step.Step.Name == "more");
        Assert.Equal(StepState.Failed, more.State);
        Assert.Contains("give it 'tokenizer-of'", more.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("distillations: {d: {recipe: base}}", "has no 'teacher'")]
    [InlineData("runs: {two: {recipe: base, sweep: {seed: 1..2}}}\ndistillations: {d: {teacher: two, recipe: base}}", "'two' stands for several runs")]
    [InlineData("runs: {a: {recipe: base}}\ndistillations: {d: {teacher: a, recipe: base, synthetic: {weight: 1}}}", "there is '1'; it takes a share of every batch above 0 and below 1")]
    [InlineData("runs: {a: {recipe: base}}\ndistillations: {d: {teacher: a, recipe: base, soft: {alpha: 2}}}", "there is '2'; it takes the teachers' weight")]
    [InlineData("runs: {a: {recipe: base}}\ndistillations: {d: {teacher: a, recipe: base, soft: {}, synthetic: {}}}", "two ways to teach")]
    [InlineData("distillations: {d: {teacher: d, recipe: base}}", "a cycle: 'd' needs 'd'")]
    [InlineData("runs: {a: {recipe: base}}\ncontinued: {c: {from: a, recipe: base, replay: 1}}", "there is '1'; it takes the old data's share")]
    [InlineData("runs: {a: {recipe: base}}\ncontinued: {c: {from: a, recipe: base, model: tiny}}", "'model' is the model's that is gone on with")]
    public void A_mistake_is_one_line_with_its_place(string steps, string says)
    {
        string path = study.Write(steps);
        string message = Assert.Throws<InputException>(() => Study.Read(path)).Message;
        Assert.StartsWith("study.yaml, line ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }
}

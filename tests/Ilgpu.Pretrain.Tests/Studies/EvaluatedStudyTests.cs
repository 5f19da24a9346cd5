using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Steps that ask the models of others a task.</summary>
public sealed class EvaluatedStudyTests : IDisposable
{
    private const string Story = """
        runs:
          alone: {recipe: base}
          absent: {recipe: base, data: lost}
        ensembles:
          pair: {recipe: base, seed: 1, members: 2}
        evaluations:
          asked: {of: [alone, pair, absent], task: multiple-choice, data: rows.jsonl}
          elsewhere: {of: alone, task: blimp, data: "${NO_SUCH_VARIABLE}/blimp", optional: true}

        """;

    private readonly TestStudy study = new();

    public EvaluatedStudyTests() => File.WriteAllLines(study["rows.jsonl"],
    [
        """{"context": "Item 1", "choices": [" of 1: a line", " zqx~ w vvvvv"], "gold": 0}""",
        """{"context": "Item 2", "choices": [" zqx~ w vvvvv", " of 2: a line"], "gold": 1}""",
        """{"context": "Item 3", "choices": [" of 3: a line", " zqx~ w vvvvv"], "gold": 1}""",
    ]);

    public void Dispose() => study.Dispose();

    [Fact]
    public void Runs_and_ensembles_are_asked_once_found_again_and_told_by_a_ledger_that_needs_neither_weights_nor_rows()
    {
        StudyOutcome outcome = study.Run(Story);
        Dictionary<string, StepReport> steps = outcome.Steps.ToDictionary(step => step.Step.Name);
        var asked = (EvaluationResult)steps["asked"].Result!;
        // Two rows whose right continuation is of the text, and one that calls the wrong one right.
        Assert.Equal(["alone", "pair"], asked.Accuracies.Select(each => each.Of));
        Assert.All(asked.Accuracies, each => Assert.Equal((3, 2.0 / 3), (each.Rows, each.Accuracy)));
        Assert.Equal([1, 2], asked.Accuracies.Select(each => each.AccuracyByK.Count));
        Assert.Equal(outcome.Steps.Single(step => step.Step.Name == "pair").Result!.Runs.Select(run => run.Config.Id), asked.Accuracies[1].Members);
        Assert.Equal((StepState.Skipped, "its data is not there"), (steps["elsewhere"].State, steps["elsewhere"].Message));

        StudyOutcome again = study.Run(Story);
        Assert.Equal(StepState.Found, again.Steps.Single(step => step.Step.Name == "asked").State);

        string ledger = study["ledger.jsonl"];
        StudyLedger.Export(ledger, outcome, study.Options);
        File.Delete(study["rows.jsonl"]);
        StudyOutcome there = study.Run(Story, study.Options with { Out = study["there"], Ledger = StudyLedger.Read(ledger) });
        StepReport told = there.Steps.Single(step => step.Step.Name == "asked");
        Assert.Equal((StepState.Found, steps["asked"].Result!.Summary), (told.State, told.Result!.Summary));
    }

    [Fact]
    public void What_is_to_be_asked_is_estimated_and_said_to_be_skipped()
    {
        StudyEstimate estimate = study.Estimate(Story);
        Assert.True(estimate.Work.Single(work => work.Name == "asked, asked").Flops > 0);
        Assert.Equal("its data is not there", estimate.Skipped["elsewhere"]);
    }

    [Fact]
    public void A_row_that_is_wrong_is_told_with_its_line()
    {
        File.AppendAllText(study["rows.jsonl"], """{"context": "Item", "choices": ["one"], "gold": 0}""" + "\n");
        StepReport asked = study.Run(Story).Steps.Single(step => step.Step.Name == "asked");
        Assert.Equal(StepState.Failed, asked.State);
        Assert.Contains("rows.jsonl:4", asked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_were_changed_or_lie_elsewhere_under_the_same_name_are_asked_anew()
    {
        Directory.CreateDirectory(study["other"]);
        File.WriteAllLines(study["other/rows.jsonl"], File.ReadLines(study["rows.jsonl"]).TakeLast(1));
        const string Three = """
            runs: {alone: {recipe: base}}
            evaluations:
              here: {of: alone, task: multiple-choice, data: rows.jsonl}
              there: {of: alone, task: multiple-choice, data: other/rows.jsonl}
              again: {of: alone, task: multiple-choice, data: rows.jsonl}

            """;
        StudyOutcome outcome = study.Run(Three);
        Assert.Equal([2.0 / 3, 0, 2.0 / 3], Accuracies(outcome));
        string ledger = study["ledger.jsonl"];
        StudyLedger.Export(ledger, outcome, study.Options);
        Assert.Equal([2.0 / 3, 0, 2.0 / 3], Accuracies(study.Run(Three, study.Options with { Out = study["there"], Ledger = StudyLedger.Read(ledger) })));

        File.WriteAllLines(study["rows.jsonl"], File.ReadLines(study["rows.jsonl"]).Take(2).ToArray());
        Assert.Equal([1, 0, 1], Accuracies(study.Run(Three)));

        static IEnumerable<double> Accuracies(StudyOutcome outcome) => outcome.Steps.Select(step => step.Result).OfType<EvaluationResult>().Select(result => result.Accuracies[0].Accuracy);
    }

    [Fact]
    public void What_is_wrong_with_an_optional_evaluation_fails_it_alone()
    {
        StudyOutcome outcome = study.Run("runs: {two: {recipe: base, sweep: {seed: 1..2}}}\nevaluations: {asked: {of: two, task: blimp, data: nowhere, optional: true}}");
        Assert.Contains("'two' stands for 2 runs", outcome.Steps.Single(step => step.Step.Name == "asked").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_of_several_runs_is_no_model()
    {
        StepReport asked = study.Run("runs: {two: {recipe: base, sweep: {seed: 1..2}}}\nevaluations: {asked: {of: two, task: multiple-choice, data: rows.jsonl}}").Steps.Single(step => step.Step.Name == "asked");
        Assert.Equal(StepState.Failed, asked.State);
        Assert.Contains("'two' stands for 2 runs", asked.Message, StringComparison.Ordinal);
    }
}

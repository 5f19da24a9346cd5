using System.Globalization;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Results taken elsewhere: exported, started from, held against the runs on disk.</summary>
public sealed class StudyLedgerTests : IDisposable
{
    private const string Steps = """
        runs:
          seeds: {recipe: base, sweep: {seed: 1..3}}
        tunings:
          tuned: {recipe: base, seed: 1, noise-seeds: 0, grid: {lr: [3e-3, 1e-2], epochs: [2]}}
        ensembles:
          all: {of: seeds}
        fits:
          in-k: {law: power, of: all, columns: {K: k}, bootstrap: 0}

        """;

    private readonly TestStudy study = new();
    private readonly TestStudy elsewhere = new();

    public void Dispose()
    {
        study.Dispose();
        elsewhere.Dispose();
    }

    [Fact]
    public void What_a_ledger_has_is_not_computed_again()
    {
        StudyOutcome outcome = study.Run(Steps);
        string ledger = Export(outcome);
        Assert.InRange(new FileInfo(ledger).Length, 1, 20_000);
        Assert.Equal(4, StudyLedger.Read(ledger).Count);

        StudyOptions options = elsewhere.Options with { Ledger = StudyLedger.Read(ledger) };
        StudyOutcome there = elsewhere.Run(Steps, options);
        Assert.Empty(elsewhere.Progress.Trained);
        Assert.DoesNotContain(Directory.GetDirectories(elsewhere.Out, "*", SearchOption.AllDirectories), RunFolder.IsAt);
        Assert.Equal(outcome.Steps.Select(step => step.Result?.Loss), there.Steps.Select(step => step.Result?.Loss));
        Assert.Equal(outcome.Steps.Select(step => step.Result?.Summary), there.Steps.Select(step => step.Result?.Summary));

        // From a ledger comes the same ledger.
        string again = elsewhere["again.jsonl"];
        StudyLedger.Export(again, there, options);
        Assert.Equal(File.ReadAllText(ledger), File.ReadAllText(again));
    }

    [Fact]
    public void A_step_that_needs_weights_trains_what_only_the_ledger_knows_and_says_so()
    {
        string ledger = Export(study.Run("runs:\n  seeds: {recipe: base, sweep: {seed: 1..3}}\n"));
        StudyOutcome there = elsewhere.Run(Steps, elsewhere.Options with { Ledger = StudyLedger.Read(ledger) });
        Assert.DoesNotContain(there.Failed, step => step.Step.Name != "gone");
        Assert.Equal(3, elsewhere.Progress.Notices.Count(line => line.EndsWith("it is trained again.", StringComparison.Ordinal)));
        Assert.Contains("seeds[seed=1]", elsewhere.Progress.Trained);
        // What it trained again agrees with the ledger, on the same machine to the bit.
        StudyLedger.Read(ledger).RequireAgreement(elsewhere.Store);
    }

    [Fact]
    public void A_ledger_that_contradicts_a_run_on_disk_names_it_and_both_losses()
    {
        StudyOutcome outcome = study.Run("runs:\n  seeds: {recipe: base, sweep: {seed: 1..3}}\n");
        string ledger = Export(outcome);
        StudyRun run = outcome.Runs[0];
        string loss = run.Result.ValLoss.ToString("R", CultureInfo.InvariantCulture);
        File.WriteAllText(ledger, File.ReadAllText(ledger).Replace($"\"val_loss\":{loss}", "\"val_loss\":1.25", StringComparison.Ordinal));
        string message = Assert.Throws<InputException>(() => study.Run(Steps, study.Options with { Ledger = StudyLedger.Read(ledger) })).Message;
        Assert.Contains(run.Config.Id, message, StringComparison.Ordinal);
        Assert.Contains("1.25", message, StringComparison.Ordinal);
        Assert.Contains(loss, message, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<InputException>(() => study.Status(Steps, study.Options with { Ledger = StudyLedger.Read(ledger) })).Message);
    }

    [Fact]
    public void A_ledger_of_another_text_is_refused()
    {
        string ledger = Export(study.Run("runs:\n  one: {recipe: base}\n"));
        File.AppendAllText(Path.Combine(elsewhere["text"], "0.txt"), "and more");
        elsewhere.Run("runs:\n  one: {recipe: base}\n");
        StepReport text = elsewhere.Run("runs:\n  one: {recipe: base}\n", elsewhere.Options with { Ledger = StudyLedger.Read(ledger) }).Steps.First(step => step.Step.Name == "text");
        Assert.Equal(StepState.Failed, text.State);
        Assert.Contains("in the ledger: its source has another text here", text.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"kind\":\"ledger\",\"format\":2}", "its format is 2")]
    [InlineData("{\"kind\":\"song\"}", "a line of kind 'song' has other fields")]
    [InlineData("{\"kind\":\"run\"}", "a line of kind 'run' has other fields")]
    [InlineData("{\"kind\":\"ledger\",\"format\":1,\"colour\":\"red\"}", "colour")]
    [InlineData("not json", "is not a ledger's")]
    public void A_line_that_is_no_ledgers_is_named(string line, string says)
    {
        string path = study["broken.jsonl"];
        File.WriteAllText(path, "{\"kind\":\"ledger\",\"format\":1}\n" + line + "\n");
        string message = Assert.Throws<InputException>(() => StudyLedger.Read(path)).Message;
        Assert.Contains("broken.jsonl, line 2 ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    private string Export(StudyOutcome outcome)
    {
        string path = study["ledger.jsonl"];
        StudyLedger.Export(path, outcome, study.Options);
        return path;
    }
}

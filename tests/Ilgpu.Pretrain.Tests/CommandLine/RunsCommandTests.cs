using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The verb runs.</summary>
[Collection(nameof(StoppedRun))]
public sealed class RunsCommandTests(StoppedRun runs)
{
    [Fact]
    public void Runs_are_listed_compared_written_and_pruned()
    {
        string store = runs["store"];
        string stopped = runs.CopyTo(Path.Combine(store, "stopped"));
        string finished = runs.CopyTo(Path.Combine(store, "finished"));
        runs.FinishToTheSameBits(finished);

        Outcome listed = Succeed("runs", store);
        string[] lines = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Matches("^finished +finished +mini-xxs +46,304 +8,000 +4 +0.003 +0.1 +0 +[0-9.]+ +[0-9.]+ .* s +20", lines[1]);
        Assert.Matches("^stopped +unfinished, step 440 of 496 +mini-xxs .*- +- +- +20", lines[2]);

        JsonElement[] picked = Json("runs", store, "--where", "state=finished,learning_rate<=0.003", "--json");
        Assert.Equal(RunFolder.ReadResult(finished)!.ValLoss, Assert.Single(picked).GetProperty("result").GetProperty("val_loss").GetDouble());
        Assert.Equal(["stopped", "finished"], Json("runs", stopped, finished, "--sort", "step", "--json").Select(run => Path.GetFileName(run.GetProperty("folder").GetString())));

        string compared = Succeed("runs", store, runs.Undisturbed, "--compare").Output;
        Assert.DoesNotContain("learning_rate", compared, StringComparison.Ordinal);
        Assert.Contains("best validation loss", compared, StringComparison.Ordinal);

        string csv = runs["metrics.csv"];
        Succeed("runs", store, "--where", "state=finished", "--csv", csv);
        Assert.Equal(RunFolder.ReadMetrics(finished).Count() + 1, File.ReadLines(csv).Count());

        Assert.Contains("Would delete 2 checkpoints, ", Succeed("runs", store, "--prune", "--keep", "finished-none").Output, StringComparison.Ordinal);
        Assert.NotNull(RunFolder.FindCheckpoint(finished, runs.Config));
        Assert.Contains("Deleted 2 checkpoints", Succeed("runs", store, "--prune", "--keep", "finished-none", "--yes").Output, StringComparison.Ordinal);
        Assert.Null(RunFolder.FindCheckpoint(finished, runs.Config));
        Assert.Contains("Found finished", Succeed(runs.Resuming(finished)).Output, StringComparison.Ordinal);
        runs.FinishToTheSameBits(stopped);
    }

    [Fact]
    public void A_run_that_diverged_is_listed_as_that()
    {
        string store = runs["diverging"];
        string diverged = runs.CopyTo(Path.Combine(store, "wild"));
        runs.CopyTo(Path.Combine(store, "stopped"));
        RunDivergence.Write(diverged, runs.Config, new TrainingDivergedException("Step 447: the loss is NaN (learning rate 0.003).", 447));
        string listed = Succeed("runs", store).Output;
        Assert.Matches("(?m)^wild +diverged, step 447 of 496 +mini-xxs .*- +- +- +20", listed);
        Assert.Contains("wild diverged. Step 447: the loss is NaN (learning rate 0.003).", listed, StringComparison.Ordinal);
        JsonElement told = Assert.Single(Json("runs", store, "--where", "state=diverged", "--json"));
        Assert.Equal("diverged", told.GetProperty("state").GetString());
        Assert.Equal(447, told.GetProperty("step").GetInt64());
        Assert.StartsWith("Step 447", told.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("stopped", Path.GetFileName(Assert.Single(Json("runs", store, "--where", "state=unfinished", "--json")).GetProperty("folder").GetString()));
        string pruned = Succeed("runs", store, "--prune", "--keep", "finished-none", "--yes").Output;
        Assert.Contains("Deleted 2 checkpoints", pruned, StringComparison.Ordinal);
        Assert.Contains("stopped: left alone: it is not finished", pruned, StringComparison.Ordinal);
        Assert.Null(RunFolder.FindCheckpoint(diverged, runs.Config));
    }

    [Theory]
    [InlineData("--where colour=red", "--where was given the field 'colour'; there is: accumulation, ")]
    [InlineData("--where epochs", "--where was given 'epochs'; it takes FIELD=VALUE")]
    [InlineData("--sort colour", "--sort was given the field 'colour'; there is: ")]
    [InlineData("--keep last", "--keep goes with --prune")]
    [InlineData("--yes", "--yes goes with --prune")]
    [InlineData("--prune --keep some", "--keep was given some; it takes one of last, finished-none, none")]
    [InlineData("--prune --compare", "give one of them")]
    [InlineData("--compare --where epochs=77", "--compare takes two runs or more; there are none where epochs=77")]
    [InlineData("--csv no/such/folder/file.csv", "--csv was given 'no/such/folder/file.csv'; it takes a file in a folder that is there")]
    [InlineData("no-such-folder", "FOLDER was given 'no-such-folder', which is not a folder")]
    public void A_wrong_argument_is_named(string arguments, string expected)
    {
        Outcome ended = PretrainCall.Run(["runs", runs.Undisturbed, .. arguments.Split(' ')]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.ErrorLine, StringComparison.Ordinal);
    }

    private static Outcome Succeed(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }

    private static JsonElement[] Json(params string[] arguments)
    {
        using JsonDocument json = JsonDocument.Parse(Succeed(arguments).Output);
        return [.. json.RootElement.GetProperty("runs").EnumerateArray().Select(run => run.Clone())];
    }
}

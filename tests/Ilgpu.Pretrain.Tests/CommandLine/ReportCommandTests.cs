using System.Text.Json;
using Ilgpu.Pretrain.Tests.Reporting;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The verb report, and the event files of runs.</summary>
[Collection(nameof(StoppedRun))]
public sealed class ReportCommandTests(StoppedRun runs)
{
    [Fact]
    public void A_run_and_a_fit_are_reported_and_metrics_written_for_tensorboard()
    {
        string run = runs.CopyTo(runs["reported"]);
        Assert.Equal($"Written: {Path.Combine(run, "report.html")}", Succeed("report", run).Output.Trim());
        var page = new ReportPages(File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Equal($"Run {Path.GetFileName(run)}", page.Data.GetProperty("title").GetString());
        page.RequireNumbersEqualToJson();
        // What lies beside a run does not disturb it.
        Assert.Equal(RunState.Unfinished, RunSummary.Read(run).State);

        string table = runs["points.csv"];
        File.WriteAllText(table, "n,loss\n1,3.7\n2,3.45\n4,3.33\n8,3.2601\n");
        string fit = runs["fit.json"], file = runs["named.html"];
        File.WriteAllText(fit, Succeed("fit", "--law", "power", "--csv", table, "--n", "n", "--json").Output);
        using JsonDocument printed = JsonDocument.Parse(Succeed("report", fit, "--out", file, "--title", "A <title>", "--json").Output);
        Assert.Equal(file, printed.RootElement.GetProperty("file").GetString());
        var fitted = new ReportPages(File.ReadAllText(file));
        Assert.Equal("A <title>", fitted.Document.Descendants("h1").Single().Value);
        Assert.Equal([3.7, 3.45, 3.33, 3.2601], fitted.Data.GetProperty("charts").GetProperty("fit-1-law").GetProperty("series")[1].GetProperty("points").EnumerateArray().Select(point => point[1].GetDouble()));
        Assert.True(JsonElement.DeepEquals(fitted.Data.GetProperty("tables"), printed.RootElement.GetProperty("report").GetProperty("tables")));

        string events = runs["events"];
        Assert.Matches($"^Written: .*, [0-9,]+ scalars of 1 run", Succeed("runs", run, "--tensorboard", events).Output);
        Assert.NotEmpty(EventReader.Read(File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(events, Path.GetFileName(run)))))));
    }

    [Theory]
    [InlineData("report", "PATH is required")]
    [InlineData("report no-such-folder", "PATH was given 'no-such-folder', which is not there")]
    [InlineData("report RUN --out no/such/folder/file.html", "--out was given 'no/such/folder/file.html'; it takes a file in a folder that is there")]
    [InlineData("runs RUN --tensorboard CONFIG", "which is a file; it takes a folder")]
    [InlineData("runs RUN --tensorboard events --csv metrics.csv", "give one of them")]
    public void A_wrong_argument_is_named(string arguments, string expected)
    {
        Outcome ended = PretrainCall.Run([.. arguments.Split(' ').Select(argument => argument switch
        {
            "RUN" => runs.Undisturbed,
            "CONFIG" => Path.Combine(runs.Undisturbed, "config.json"),
            _ => argument,
        })]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.ErrorLine, StringComparison.Ordinal);
    }

    private static Outcome Succeed(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }
}

using System.Text.Json;
using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Reports of what lies in folders.</summary>
public sealed class ReportBuilderTests : IDisposable
{
    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Fact]
    public void A_run_shows_its_metrics_its_result_its_configuration_and_its_environment()
    {
        runs.Run("one");
        ReportPages page = PageOf(runs.Path("one"));
        MetricsLine[] lines = runs.Metrics("one");
        Assert.Equal(lines.Where(line => line.Loss is not null).Select(line => (line.Step, line.Loss!.Value)), Points(page, "runs-loss", "training").Select(point => ((long)point.X, point.Y)));
        Assert.Equal(lines.Where(line => line.ValLoss is not null).Select(line => (line.Step, line.ValLoss!.Value)), Points(page, "runs-loss", "validation").Select(point => ((long)point.X, point.Y)));
        Assert.Equal(lines.Count(line => line.GradientNorm is not null), Points(page, "runs-gradient-norm", "one").Count());
        Assert.Equal(RunFolder.ReadResult(runs.Path("one"))!.ValLoss, Row(page, "runs-table", "validation loss, nats a token")[1].GetDouble());
        Assert.Equal(.01, Row(page, "runs-configuration", "learning_rate")[1].GetDouble());
        Assert.Equal("standin package".Contains(Kernels.IlgpuRuntime.Kind, StringComparison.Ordinal), Row(page, "runs-environment", "ILGPU")[1].GetString()!.Length > 0);
    }

    [Fact]
    public void A_run_that_has_not_ended_or_hardly_begun_or_was_damaged_is_shown_as_far_as_it_is()
    {
        runs.RunUntil(6, "store/stopped");
        runs.Run("store/evaluated-once", runs.Config with { WeightDecay = .4 }, TestRuns.Options with { EvaluateEvery = 0, LogEvery = 1000 });
        runs.Run("store/damaged", runs.Config with { WeightDecay = .3 });
        File.WriteAllText(runs.Path("store/damaged/config.json"), "{<");
        runs.Run("store/silent", runs.Config with { WeightDecay = .2 });
        File.Delete(runs.Path("store/silent/metrics.jsonl"));
        ReportPages page = PageOf(runs.Path("store"));
        string[] states = [.. page.Data.GetProperty("tables").GetProperty("runs-table").GetProperty("rows").EnumerateArray().Select(row => row[1].GetString()!)];
        Assert.Equal(4, states.Length);
        Assert.Contains("unfinished, step 6 of 16", states);
        Assert.Contains(states, state => state.StartsWith("damaged: ", StringComparison.Ordinal));
        Assert.Equal(2, states.Count(state => state == "finished"));

        ReportPages silent = PageOf(runs.Path("store/silent"));
        Assert.Empty(silent.Figures);
        Assert.Contains("Loss: nothing to draw yet.", silent.Document.Descendants("p").Select(paragraph => paragraph.Value));
        PageOf(runs.Path("store/damaged"));
        ReportPages once = PageOf(runs.Path("store/evaluated-once"));
        Assert.Single(Points(once, "runs-loss", "validation"));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_a_gap_and_said_to_be()
    {
        runs.Run("one");
        string metrics = runs.Path("one/metrics.jsonl");
        string[] lines = File.ReadAllLines(metrics);
        int step = Array.FindIndex(lines, 1, line => line.Contains("\"loss\":", StringComparison.Ordinal));
        lines[step] = System.Text.RegularExpressions.Regex.Replace(lines[step], "\"loss\":[0-9.]+", "\"loss\":\"NaN\"");
        File.WriteAllLines(metrics, lines);
        ReportPages page = PageOf(runs.Path("one"));
        Assert.Contains(page.Data.GetProperty("charts").GetProperty("runs-loss").GetProperty("series")[0].GetProperty("points").EnumerateArray(), point => point[1].ValueKind == JsonValueKind.Null);
        Assert.Contains("1 loss is not a finite number", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_runs_are_told_apart_by_what_they_differ_in()
    {
        runs.Run("store/a");
        runs.Run("store/b", runs.Config with { WeightDecay = .8, Epochs = 1 });
        runs.Run("store/c", runs.Config with { InitializationSeed = 9 });
        ReportPages page = PageOf(runs.Path("store/a"), runs.Path("store/b"), runs.Path("store/c"), runs.Path("store"));
        Assert.Equal("3 runs", page.Data.GetProperty("title").GetString());
        string[] names = [.. page.Data.GetProperty("charts").GetProperty("runs-loss").GetProperty("series").EnumerateArray().Select(series => series.GetProperty("name").GetString()!)];
        Assert.Contains("epochs 1, wd 0.8, seeds 1/2/3", names);
        Assert.Contains("epochs 2, wd 0.1, seeds 9/2/3", names);
        Assert.Equal(["run", "epochs", "initialization_seed", "weight_decay"], page.Data.GetProperty("tables").GetProperty("runs-differences").GetProperty("columns").EnumerateArray().Select(column => column.GetString()));
        page.RequireNumbersEqualToJson();
    }

    [Fact]
    public void Runs_of_three_sizes_and_of_three_amounts_of_data_have_laws()
    {
        foreach (int hidden in new[] { 8, 16, 24 })
            runs.Run($"store/n{hidden}", runs.Config with { Model = TestRuns.Model with { Hidden = hidden, Name = $"tiny-{hidden}" }, Epochs = 1 });
        foreach (long tokens in new[] { 200L, 330, 521 })
        {
            runs.Run($"store/d{tokens}", runs.Config with { Tokens = tokens, Epochs = 1, WeightDecay = .1 });
            runs.Run($"store/r{tokens}", runs.Config with { Tokens = tokens, Epochs = 2, WeightDecay = .8 });
        }

        ReportPages page = PageOf(runs.Path("store"));
        JsonElement[] charts = [.. page.Data.GetProperty("charts").EnumerateObject().Where(chart => chart.Name.StartsWith("runs-scaling", StringComparison.Ordinal)).Select(chart => chart.Value)];
        Assert.Equal(2, charts.Length);
        Assert.Equal("L(N): 521 training tokens", charts[0].GetProperty("title").GetString());
        Assert.Equal("How much more data the standard recipe would need", charts[1].GetProperty("title").GetString());
        double best = Summaries("store/d521", "store/r521", "store/n16").Min();
        Assert.Contains(charts[0].GetProperty("series").EnumerateArray().Single(series => series.GetProperty("name").GetString() == "lowest loss at each size").GetProperty("points").EnumerateArray(), point => point[1].GetDouble() == best);
        page.RequireNumbersEqualToJson();
    }

    [Fact]
    public void An_ensemble_has_the_law_of_its_members_and_a_tuning_its_certificate()
    {
        using var folders = new ReportFolders();
        ReportPages page = PageOf(folders.Ensemble);
        Assert.Equal(ReportFolders.Together, Points(page, "ensemble-1-members", "logits averaged").Select(point => point.Y));
        var data = new LawData(
            [.. ReportFolders.Together.Select((_, k) => $"K = {k + 1}")],
            [.. ReportFolders.Together],
            new Dictionary<string, double[]> { ["K"] = [.. ReportFolders.Together.Select((_, k) => k + 1.0)] });
        LawFit fit = LawFitting.Fit(new PowerLaw(LawVariable.Members), data, new FitOptions(), TestContext.Current.CancellationToken);
        JsonElement rule = page.Data.GetProperty("charts").GetProperty("ensemble-1-members").GetProperty("rules")[0];
        Assert.Equal(fit.Estimate.Parameters["E"], rule.GetProperty("value").GetDouble());
        Assert.Equal(fit.Intervals["E"].Low, rule.GetProperty("interval")[0].GetDouble());
        Assert.Equal(5, page.Data.GetProperty("tables").GetProperty("ensemble-1-losses").GetProperty("rows").GetArrayLength());
        // The members' own curves are there, too.
        Assert.True(page.Data.GetProperty("charts").TryGetProperty("runs-loss", out _));

        ReportPages tuning = PageOf(folders.Tuning);
        TuningSearch search = folders.Result.Search;
        Assert.True(search.Certificate.IsCertified);
        Assert.Equal(search.Certificate.Neighbors.Where(neighbor => neighbor.Margin is not null).Select(neighbor => neighbor.Margin!.Value), Points(tuning, "tuning-1-margins", "neighbours").Select(point => point.Y));
        JsonElement certificate = tuning.Data.GetProperty("tables").GetProperty("tuning-1-certificate");
        Assert.Equal(search.Loss, certificate.GetProperty("rows")[0][5].GetDouble());
        Assert.Equal(7, certificate.GetProperty("rows").GetArrayLength());
        Assert.Contains("Certified: every one-step neighbour", tuning.Html, StringComparison.Ordinal);
        tuning.RequireNumbersEqualToJson();
    }

    [Fact]
    public void Fits_show_their_points_their_law_and_how_many_times_the_data()
    {
        using var folders = new ReportFolders();
        ReportPages page = PageOf(folders.Fit, folders.Efficiency);
        Assert.Equal([3.7, 3.451, 3.324, 3.2625], Points(page, "fit-1-law", "measured").Select(point => point.Y));
        (double X, double Y) at2 = Points(page, "fit-1-law", "the law").Single(point => point.X == 2);
        Assert.Equal(3.45, at2.Y, 1e-12);
        JsonElement bridge = page.Data.GetProperty("charts").GetProperty("fit-2-data-efficiency").GetProperty("bridges")[0];
        // 100 / D^.2 = 80 / 1e8^.2 at D = 1e8 * (100 / 80)^5.
        Assert.Equal(1e8 * Math.Pow(1.25, 5), bridge.GetProperty("to").GetDouble(), 1e8 * .01);
        Assert.Equal("3.05× the data", bridge.GetProperty("label").GetString());
        page.RequireNumbersEqualToJson();
    }

    [Fact]
    public void A_study_shows_its_steps_its_runs_its_ensembles_and_its_fits()
    {
        using var folders = new ReportFolders();
        ReportPages page = PageOf(folders.Study);
        Assert.Equal("Study a-study", page.Data.GetProperty("title").GetString());
        JsonElement steps = page.Data.GetProperty("tables").GetProperty("study-1-steps").GetProperty("rows");
        Assert.Equal(["base", "many", "more", "law", "asked", "broken"], steps.EnumerateArray().Select(step => step[0].GetString()));
        Assert.Equal("it failed <here>", steps[5][7].GetString());
        Assert.Equal(3.5, steps[0][3].GetDouble());
        Assert.Equal([3.5], Points(page, "study-1-losses", "runs").Select(point => point.Y));
        Assert.Equal(ReportFolders.Together, Points(page, "study-1-step-2-members", "logits averaged").Select(point => point.Y));
        Assert.Equal(2, page.Data.GetProperty("charts").GetProperty("study-1-members").GetProperty("series").GetArrayLength());
        Assert.True(page.Data.GetProperty("charts").TryGetProperty("study-1-step-4-law", out _));
        JsonElement accuracies = page.Data.GetProperty("tables").GetProperty("study-1-accuracies-5").GetProperty("rows")[0];
        Assert.Equal((.5625, .0625, .53125), (accuracies[3].GetDouble(), accuracies[4].GetDouble(), accuracies[5].GetDouble()));
        // Its tuning and the run that is here.
        Assert.True(page.Data.GetProperty("tables").TryGetProperty("tuning-1-certificate", out _));
        Assert.True(page.Data.GetProperty("charts").TryGetProperty("runs-loss", out _));
    }

    [Fact]
    public void A_study_of_several_sizes_shows_each_family_against_parameters_with_its_asymptotes_and_their_limit()
    {
        using var folders = new ReportFolders();
        ReportPages page = PageOf(folders.ScaledStudy);
        const string Chart = "study-1-scaling-51200";
        JsonElement chart = page.Data.GetProperty("charts").GetProperty(Chart);
        Assert.Equal("Validation loss against parameters, 51,200 training tokens", chart.GetProperty("title").GetString());
        Assert.Equal(["tuned", "ensemble, K = 5", "limit: K → ∞"], chart.GetProperty("series").EnumerateArray().Select(series => series.GetProperty("name").GetString()));
        Assert.Equal([(100, 4.5), (200, 4.3), (400, 4.2)], Points(page, Chart, "tuned"));
        Assert.Equal([(100, 4.1), (200, 4.0), (400, 3.95)], Points(page, Chart, "limit: K → ∞"));
        // One asymptote of the other fit is no curve; its limit is a line.
        Assert.Equal([3.9, 3.85], chart.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("value").GetDouble()));
        Assert.Equal("other-limit: K, N → ∞: 3.8500", chart.GetProperty("rules")[1].GetProperty("label").GetString());
        // Two sizes are no curve, and a family of seeds has one size.
        Assert.DoesNotContain(page.Data.GetProperty("charts").EnumerateObject(), each => each.Name == "study-1-scaling-102400");
    }

    [Fact]
    public void A_distillation_shows_its_student_between_baseline_and_teachers()
    {
        using var folders = new ReportFolders();
        string distillation = folders.Distillation;
        ReportPages page = PageOf(distillation);
        Assert.Equal($"Distillation {Path.GetFileName(distillation)}", page.Data.GetProperty("title").GetString());
        JsonElement[] figures = [.. page.Data.GetProperty("figures").EnumerateArray().Select(figure => figure.GetProperty("value"))];
        Assert.Equal([(4.69 - 4.4) / (4.69 - 4.296), 4.4, 4.296, 4.69], figures.Select(figure => figure.GetDouble()));
        DistillationRecord record = DistillationFolder.Read(distillation);
        string student = Path.Combine(distillation, record.Student.Folder);
        Assert.Equal(
            RunFolder.ReadMetrics(student).Where(line => line.ValLoss is not null).Select(line => ((double)line.Step, line.ValLoss!.Value)).Where(point => point.Item2 < 4.73 + (5 * (4.73 - 4.296))),
            Points(page, "distillation-1-loss", "student"));
        foreach (string chart in new[] { "distillation-1-loss", "distillation-1-students" })
            Assert.Equal([4.69, 4.296], page.Data.GetProperty("charts").GetProperty(chart).GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("value").GetDouble()));
        Assert.Equal(ReportFolders.Alone, Points(page, "distillation-1-students", "teachers alone").Select(point => point.Y));
        JsonElement row = Row(page, "distillation-1-losses", "student");
        RunResult result = RunFolder.ReadResult(student)!;
        Assert.Equal((record.Student.RunId, 4.4), (row[4].GetString(), row[1].GetDouble()));
        // Of the run's own loss, bits a byte; in proportion.
        Assert.Equal(4.4 * result.BitsPerByte / result.ValLoss, row[2].GetDouble(), 1e-12);
        Assert.Equal((.75, 1563), (Row(page, "distillation-1-teaching", "share of synthetic windows")[1].GetDouble(), Row(page, "distillation-1-teaching", "its tokens")[1].GetInt32()));
        Assert.Contains("kept 73.6% of the gain", page.Html, StringComparison.Ordinal);
        // The student, and the teachers that are here.
        Assert.Equal(6, page.Data.GetProperty("tables").GetProperty("runs-table").GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public void Generations_of_students_are_one_chain_and_several_distillations_stand_side_by_side()
    {
        using var folders = new ReportFolders();
        string[] paths = [.. folders.Chain, folders.Distillation];
        ReportPages page = PageOf(paths);
        Assert.Equal("2 distillations, 9 runs", page.Data.GetProperty("title").GetString());
        Assert.Equal([(1, 4.5), (2, 4.42), (3, 4.4)], Points(page, "distillation-1-students", "students"));
        Assert.Equal(["generation 1", "generation 2", "generation 3"], page.Data.GetProperty("charts").GetProperty("distillation-1-loss").GetProperty("series").EnumerateArray().Select(series => series.GetProperty("name").GetString()));
        Assert.Equal(ReportFolders.Generations, Enumerable.Range(1, 3).Select(generation => Row(page, "distillation-1-losses", $"generation {generation}")[1].GetDouble()));
        Assert.Equal(.45, Row(page, "distillation-1-teaching", "alpha, the teachers' weight in the loss")[1].GetDouble());
        Assert.Equal([4.4, 4.4], Points(page, "distillations-students", "student").Select(point => point.Y));
        JsonElement table = page.Data.GetProperty("tables").GetProperty("distillations-students-losses").GetProperty("rows");
        Assert.Equal(["soft labels, alpha 0.45", "synthetic text, weight 0.75"], table.EnumerateArray().Select(row => row[1].GetString()));
        Assert.Equal("soft labels, generation 3", table[0][2].GetString());

        // A student whose folder is gone is told without its curve.
        Directory.Delete(Path.Combine(paths[^1], DistillationFolder.Read(paths[^1]).Student.Folder), recursive: true);
        ReportPages gone = PageOf(paths[^1]);
        Assert.False(gone.Data.GetProperty("charts").TryGetProperty("distillation-1-loss", out _));
        Assert.Equal([4.4], Points(gone, "distillation-1-students", "student").Select(point => point.Y));
        Assert.Equal("–", Row(gone, "distillation-1-losses", "student")[2].GetString());
    }

    [Fact]
    public void A_continuation_shows_what_was_gained_and_what_was_forgotten()
    {
        using var folders = new ReportFolders();
        string single = folders.Continuation, members = folders.ContinuedMembers;
        ReportPages page = PageOf(single);
        JsonElement[] figures = [.. page.Data.GetProperty("figures").EnumerateArray()];
        Assert.Equal([1, 4.5, 4.9 - 4.71, 4.9], figures.Select(figure => figure.GetProperty("value").GetDouble()));
        Assert.Equal([(0, 4.71), (1, 4.9)], Points(page, "continuation-1-moved", "old text"));
        (double X, double Y)[] way = [.. Points(page, "continuation-1-on-the-way", "alone")];
        Assert.Equal((0, 5.5), way[0]);
        Assert.Equal(RunFolder.ReadMetrics(Path.Combine(single, "..", "..", ContinuationEvaluator.ReadFolder(single).After[0])).Where(line => line.ValLoss is not null).Select(line => ((double)line.Step, line.ValLoss!.Value)), way[1..]);
        JsonElement old = Row(page, "continuation-1-losses", "old");
        Assert.Equal((4.71, 4.9, 4.9 - 4.71, 4.9 * 1000 / (2400 * Math.Log(2))), (old[1].GetDouble(), old[2].GetDouble(), old[3].GetDouble(), old[5].GetDouble()));
        Assert.Contains("; 20% of every step", page.Html, StringComparison.Ordinal);
        Assert.Contains("windows were of the old text", page.Html, StringComparison.Ordinal);
        Assert.Contains("On the new text the loss fell by 1.0000; on the old text it rose by 0.1900", page.Html, StringComparison.Ordinal);

        ReportPages ensemble = PageOf(members);
        Assert.Equal(ReportFolders.Together, Points(ensemble, "continuation-1-members-new", "before").Select(point => point.Y));
        Assert.Equal(5, ensemble.Data.GetProperty("charts").GetProperty("continuation-1-on-the-way").GetProperty("series").GetArrayLength());
        Assert.Equal(5, ensemble.Data.GetProperty("tables").GetProperty("continuation-1-runs").GetProperty("rows").GetArrayLength());
        Assert.False(ensemble.Data.GetProperty("charts").TryGetProperty("continuation-1-members-old", out _));

        ReportPages both = PageOf(folders.Runs.Path("runs"));
        JsonElement rows = both.Data.GetProperty("tables").GetProperty("continuations-table").GetProperty("rows");
        Assert.Equal(2, rows.GetArrayLength());
        Assert.Contains(rows.EnumerateArray(), row => row[0].GetString() == "models 1, replay 0.2" && row[4].GetDouble() == 1 && row[7].GetDouble() == 4.9 - 4.71);
    }

    [Fact]
    public void Several_continuations_are_drawn_by_gain_and_forgetting()
    {
        using var folders = new ReportFolders();
        string[] paths = [folders.Continuation, folders.Continued([(folders.Run, 60)], .5, new(ReportFolders.Single(5.5), ReportFolders.Single(4.75)), new(ReportFolders.Single(4.71), ReportFolders.Single(4.75)))];
        ReportPages page = PageOf(paths);
        (double X, double Y) first = Points(page, "continuations-gain", "replay 0.2").Single(), second = Points(page, "continuations-gain", "replay 0.5").Single();
        Assert.Equal((4.9 - 4.71, 1, 4.75 - 4.71, .75), (first.X, first.Y, second.X, second.Y));
    }

    [Fact]
    public void Decays_that_were_branched_go_on_where_the_stable_run_ended()
    {
        TrainingConfig stable = runs.Config with { Schedule = ScheduleKind.Constant };
        runs.Run("store/stable", stable);
        foreach (long steps in new[] { 4L, 8 })
        {
            TrainingConfig branch = ContinuedRuns.Branch(stable, steps);
            Trainer.Run(branch, TestRuns.Options, new TrainingSources(runs.Dataset) { StartFolder = runs.Path("store/stable") }, TestRuns.Device, runs.Path($"store/{branch.Id}"), null, TestContext.Current.CancellationToken);
        }

        ReportPages page = PageOf(runs.Path("store"));
        Assert.Equal(16, Points(page, "branches-1-loss", "stable").Last().X);
        Assert.Equal([16, 20], Points(page, "branches-1-loss", "4 steps of decay").Select(point => point.X));
        Assert.Equal([16, 20, 24], Points(page, "branches-1-loss", "8 steps of decay").Select(point => point.X));
        JsonElement rows = page.Data.GetProperty("tables").GetProperty("branches-1-table").GetProperty("rows");
        Assert.Equal([4, 8], rows.EnumerateArray().Select(row => row[3].GetInt32()));
        Assert.Equal(Points(page, "branches-1-loss", "8 steps of decay").Last().Y, rows[1][4].GetDouble());
    }

    [Fact]
    public void A_study_shows_its_students_and_names_what_lies_in_its_store_by_its_steps()
    {
        using var folders = new ReportFolders();
        ReportPages page = PageOf(folders.TaughtStudy);
        Assert.Equal([4.4, 4.8], Points(page, "study-1-students", "student").Select(point => point.Y));
        Assert.Equal([4.69, 4.7], Points(page, "study-1-students", "baseline").Select(point => point.Y));
        JsonElement rows = page.Data.GetProperty("tables").GetProperty("study-1-students-losses").GetProperty("rows");
        Assert.Equal(("student", "many", .736), (rows[0][1].GetString(), rows[0][2].GetString(), rows[0][6].GetDouble()));
        Assert.Equal(JsonValueKind.String, rows[1][6].ValueKind);
        string[] headings = [.. page.Document.Descendants("h2").Select(heading => heading.Value)];
        Assert.Contains("Distillation student", headings);
        Assert.Contains("Continuation onward", headings);
        Assert.Equal(2, headings.Count(heading => heading.StartsWith("Distillation", StringComparison.Ordinal) || heading.StartsWith("Continuation", StringComparison.Ordinal)));
        // Of the store as a whole, too.
        headings = [.. PageOf(folders.Runs.Path("runs")).Document.Descendants("h2").Select(heading => heading.Value)];
        Assert.Contains("Distillation student", headings);
    }

    [Fact]
    public void A_continuation_with_losses_of_other_runs_is_named()
    {
        using var folders = new ReportFolders();
        string folder = folders.Continuation;
        ContinuationRecord record = ContinuationEvaluator.ReadFolder(folder);
        ChecksummedJson.WriteFile(Path.Combine(folder, "continuation.json"), record with { After = [.. record.After, "another"] });
        Assert.Contains("has losses of other runs than it names", Assert.Throws<InputException>(() => ReportBuilder.Of([folder])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-folder", "PATH was given 'no-such-folder', which is not there; it takes ")]
    [InlineData(".", "which holds no run, ensemble, tuning, distillation, continuation or study")]
    public void A_path_that_holds_nothing_is_named(string path, string expected)
    {
        string given = path == "." ? Directory.CreateDirectory(runs.Path("nothing")).FullName : path;
        Assert.Contains(expected, Assert.Throws<InputException>(() => ReportBuilder.Of([given])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"law\":\"power\"}")]
    [InlineData("[1]")]
    [InlineData("not json")]
    [InlineData("null")]
    public void A_file_that_is_no_fit_is_named(string text)
    {
        File.WriteAllText(runs.Path("fit.json"), text);
        Assert.Contains("is not what 'pretrain fit --json' prints: ", Assert.Throws<InputException>(() => ReportBuilder.Of([runs.Path("fit.json")])).Message, StringComparison.Ordinal);
    }

    private static ReportPages PageOf(params string[] paths)
    {
        var page = new ReportPages(ReportBuilder.Of(paths));
        page.RequireNumbersEqualToJson();
        return page;
    }

    private IEnumerable<double> Summaries(params string[] names) => names.Select(name => RunFolder.ReadResult(runs.Path(name))!.ValLoss);

    private static IEnumerable<(double X, double Y)> Points(ReportPages page, string chart, string series) =>
        page.Data.GetProperty("charts").GetProperty(chart).GetProperty("series").EnumerateArray().Single(each => each.GetProperty("name").GetString() == series)
            .GetProperty("points").EnumerateArray().Select(point => (point[0].GetDouble(), point[1].GetDouble()));

    private static JsonElement Row(ReportPages page, string table, string name) =>
        page.Data.GetProperty("tables").GetProperty(table).GetProperty("rows").EnumerateArray().Single(row => row[0].GetString() == name);
}

using System.Globalization;
using System.Text.Json;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Tests.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The verb fit.</summary>
public sealed class FitCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_table_is_fitted_and_printed_as_one_json_object()
    {
        LawData data = Simulation.OfChinchilla(new Random(12), noise: .003);
        string table = WriteChinchilla(data);
        Outcome ended = Succeed(
            "fit", "--law", "chinchilla", "--csv", table, "--n", "n", "--d", "d", "--loss", "loss", "--delta", "1e-3", "--drop-highest", "5", "--json", "--bootstrap", "100", "--predict", "n=1e10,d=1e11");
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        JsonElement fit = json.RootElement;
        Assert.Equal("chinchilla", fit.GetProperty("law").GetString());
        Assert.Equal(31, fit.GetProperty("points").GetInt32());
        Assert.Equal(["A", "B", "E", "alpha", "beta"], fit.GetProperty("parameters").EnumerateObject().Select(each => each.Name));
        Assert.Equal(["A", "B", "E", "alpha", "beta"], fit.GetProperty("intervals").EnumerateObject().Select(each => each.Name));
        Assert.Equal(31, fit.GetProperty("residuals").GetArrayLength());
        Assert.Equal(5, fit.GetProperty("dropped_highest").GetArrayLength());
        Assert.Equal(49, fit.GetProperty("starts").GetInt32());

        // The objective from the residuals that were printed: the plain sum of Huber's cost of the log residual.
        FitCriterion huber = FitCriterion.HuberOfLog(1e-3);
        double objective = fit.GetProperty("residuals").EnumerateArray().Sum(row => huber.Cost(Math.Log(row.GetProperty("measured").GetDouble() / row.GetProperty("fitted").GetDouble())));
        Assert.Equal(objective, fit.GetProperty("objective").GetDouble(), 1e-15);
        Assert.Equal(fit.GetProperty("objective").GetDouble(), fit.GetProperty("minima")[0].GetProperty("objective").GetDouble());
        Assert.Equal(fit.GetProperty("parameters").GetRawText().ReplaceLineEndings("").Replace(" ", ""), fit.GetProperty("minima")[0].GetProperty("parameters").GetRawText().ReplaceLineEndings("").Replace(" ", ""));

        JsonElement prediction = Assert.Single(fit.GetProperty("predictions").EnumerateArray());
        Assert.Equal(1e10, prediction.GetProperty("at").GetProperty("N").GetDouble());
        double[] interval = [.. prediction.GetProperty("interval").EnumerateArray().Select(end => end.GetDouble())];
        Assert.InRange(prediction.GetProperty("value").GetDouble(), interval[0], interval[1]);
    }

    [Fact]
    public void Without_a_bootstrap_the_intervals_are_there_and_empty()
    {
        using JsonDocument json = JsonDocument.Parse(Succeed("fit", "--law", "chinchilla", "--csv", WriteChinchilla(Simulation.OfChinchilla(new Random(12), noise: .003)), "--bootstrap", "0", "--json").Output);
        Assert.Empty(json.RootElement.GetProperty("intervals").EnumerateObject());
        Assert.Empty(json.RootElement.GetProperty("predictions").EnumerateArray());
    }

    [Fact]
    public void A_fit_is_told_in_words_with_its_warnings()
    {
        string table = folder.Write("standard.csv", "size,loss\n0.15,3.83752\n0.3,3.78538\n0.6,3.74974\n1.4,3.76432\n");
        string told = Succeed("fit", "--law", "power", "--n", "size", "--csv", table, "--predict", "N=100").Output;
        Assert.Contains("power: loss = A / x^alpha + E", told, StringComparison.Ordinal);
        Assert.Contains("4 points; objective", told, StringComparison.Ordinal);
        Assert.Matches("E +3\\.7551[0-9]* +", told);
        Assert.Contains("of 9 starts reached the optimum", told, StringComparison.Ordinal);
        Assert.Contains("Warning: Losses rise with N in 1 of 3 steps", told, StringComparison.Ordinal);
        Assert.Contains("Warning: The prediction at N = 100 leaves the data far behind: 71.4 times the largest there is", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Diverged_rows_are_listed_and_left_out_when_asked()
    {
        LawData data = Simulation.OfChinchilla(new Random(12), noise: .003);
        double[] losses = [.. data.Target];
        losses[30] = 9.5;
        string table = WriteChinchilla(data.WithTarget(losses));
        using JsonDocument with = JsonDocument.Parse(Succeed("fit", "--law", "chinchilla", "--csv", table, "--bootstrap", "0", "--json").Output);
        Assert.Equal(36, with.RootElement.GetProperty("points").GetInt32());
        Assert.Equal("table.csv line 32 (loss 9.5)", Assert.Single(with.RootElement.GetProperty("diverged").GetProperty("rows").EnumerateArray()).GetString());
        using JsonDocument without = JsonDocument.Parse(Succeed("fit", "--law", "chinchilla", "--csv", table, "--bootstrap", "0", "--drop-diverged", "--json").Output);
        Assert.Equal(35, without.RootElement.GetProperty("points").GetInt32());
        Assert.True(without.RootElement.GetProperty("diverged").GetProperty("left_out").GetBoolean());
    }

    [Fact]
    public void Laws_are_listed_and_shown_and_predict_by_what_was_published()
    {
        string list = Succeed("fit").Output;
        Assert.All(LawLibrary.All, law => Assert.Contains("\n" + law.Name + " ", list, StringComparison.Ordinal));
        string card = Succeed("fit", "--law", "batch-size", "--predict", "loss=2.5").Output;
        Assert.Contains("MiniCPM, arXiv 2404.06395", card, StringComparison.Ordinal);
        Assert.Matches("loss = 2.5: 398[0-9]{4}", card);
        using JsonDocument json = JsonDocument.Parse(Succeed("fit", "--law", "repeated", "--predict", "N=6.34e9,D=242e9,U=25e9", "--json").Output);
        Assert.Equal(2.2256440889984477, json.RootElement.GetProperty("predictions")[0].GetProperty("value").GetDouble(), 1e-12);
    }

    [Fact]
    public void Published_parameters_are_held_against_a_table()
    {
        using JsonDocument json = JsonDocument.Parse(Succeed("fit", "--law", "chinchilla", "--published", "hoffmann", "--csv", WriteChinchilla(Simulation.OfChinchilla(new Random(12), noise: 0)), "--json").Output);
        Assert.Equal(0, json.RootElement.GetProperty("objective").GetDouble(), 1e-20);
        Assert.Equal(406.4, json.RootElement.GetProperty("parameters").GetProperty("A").GetDouble());
    }

    [Fact]
    public void Loss_curves_are_fitted_from_files_and_others_are_held_out()
    {
        const double Warm = 20, Peak = .01;
        var law = new AnnealingLaw();
        var truth = new Dictionary<string, double> { ["L0"] = 2.5, ["A"] = .4, ["alpha"] = .5, ["C"] = .4, ["lambda"] = .999 };
        Dictionary<string, LearningRateCurve> curves = new()
        {
            ["cosine"] = LearningRateCurve.Cosine(400, Peak, Peak / 10, (int)Warm),
            ["constant"] = LearningRateCurve.Constant(400, Peak, (int)Warm),
            ["drop"] = LearningRateCurve.TwoStage(400, Peak, Peak / 4, (int)Warm, 200),
        };
        string[] files = [.. curves.Select(curve =>
        {
            IEnumerable<string> lines = Enumerable.Range(0, 38).Select(i => 20 + (i * 10)).Select(step =>
            {
                var at = new LawPoint(curve.Key, new Dictionary<string, double> { ["step"] = step }) { Schedule = curve.Value };
                return string.Create(CultureInfo.InvariantCulture, $"{step},{curve.Value.Rates[step]:R},{law.Predict(truth, at):R}");
            });
            return folder.Write($"{curve.Key}.csv", "step,lr,loss\n" + string.Join('\n', lines));
        })];
        string schedules = folder.Write("schedules.json", """
            {
              "cosine": {"kind": "cosine", "peak": 0.01, "final": 0.001, "warm_up": 20, "steps": 400},
              "constant": {"kind": "constant", "peak": 0.01, "warm_up": 20, "steps": 400},
              "drop": {"kind": "two-stage", "peak": 0.01, "final": 0.0025, "from": 200, "warm_up": 20, "steps": 400}
            }
            """);
        using JsonDocument json = JsonDocument.Parse(Succeed("fit", "--law", "annealing", "--csv", string.Join(',', files), "--schedules", schedules, "--hold-out-where", "curve=drop", "--json").Output);
        foreach ((string name, double value) in truth)
            Assert.Equal(value, json.RootElement.GetProperty("parameters").GetProperty(name).GetDouble(), 1e-4 * value);
        JsonElement score = Assert.Single(json.RootElement.GetProperty("curves").EnumerateArray());
        Assert.Equal("drop", score.GetProperty("curve").GetString());
        Assert.True(score.GetProperty("r_squared").GetDouble() > .999999);

        // A schedule that no row is of is predicted too.
        using JsonDocument predicted = JsonDocument.Parse(Succeed("fit", "--law", "annealing", "--csv", $"{files[0]},{files[1]}", "--schedules", schedules, "--predict", "curve=drop,step=400", "--json").Output);
        double end = law.Predict(truth, new LawPoint("drop", new Dictionary<string, double> { ["step"] = 400 }) { Schedule = curves["drop"] });
        Assert.Equal(end, predicted.RootElement.GetProperty("predictions")[0].GetProperty("value").GetDouble(), 1e-4);
        AssertRefused("the law annealing takes curve=NAME,step=NUMBER, and has the learning rates of: cosine, constant, drop.", "fit", "--law", "annealing", "--csv", files[0], "--schedules", schedules, "--predict", "step=4");

        // Straight lines through the rates of the rows are close to the cosine.
        using JsonDocument lines = JsonDocument.Parse(Succeed("fit", "--law", "annealing", "--csv", $"{files[0]},{files[1]}", "--warm-up", "20", "--json").Output);
        Assert.Equal(2.5, lines.RootElement.GetProperty("parameters").GetProperty("L0").GetDouble(), .01);
    }

    [Fact]
    public void Recipes_are_compared_by_the_data_that_the_reference_would_need()
    {
        string table = folder.Write("recipes.csv", "recipe,d,loss\n" + string.Concat(Budgets.Select(d => string.Create(
            CultureInfo.InvariantCulture, $"Standard,{d},{2 + Math.Pow(d, -.3):R}\nours,{d},{2 + Math.Pow(4 * d, -.3):R}\n"))));
        string[] arguments = ["fit", "--law", "data-efficiency", "--csv", table, "--bootstrap", "0", "--predict", "D=3"];
        using JsonDocument json = JsonDocument.Parse(Succeed([.. arguments, "--json"]).Output);
        JsonElement[] findings = [.. json.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Equal(2 * Budgets.Length, findings.Length);
        Assert.All(findings, finding => Assert.Equal(4, finding.GetProperty("value").GetDouble(), 1e-3));
        Assert.Equal(4, json.RootElement.GetProperty("predictions")[0].GetProperty("value").GetDouble(), 1e-3);
        Assert.Matches("data efficiency, measured +ours +16 +[34]", Succeed(arguments).Output);
        AssertRefused("--resample was given rows; the law data-efficiency takes residuals", [.. arguments, "--resample", "rows"]);
        AssertRefused("--reference was given 'theirs'; the recipe column has: Standard, ours.", [.. arguments, "--reference", "theirs"]);
    }

    [Fact]
    public void Runs_and_ensembles_are_fitted_and_a_plan_is_made_of_them()
    {
        using var runs = new MadeUpRuns();
        double SizeLoss(string model) => 3 + (20 * Math.Pow(LlamaPresets.Find(model)!.ParameterCount, -.25));
        foreach (string model in MadeUpModels)
            runs.Add(model, tokens: 20_000, epochs: 2, SizeLoss(model));
        string[] members = [.. Enumerable.Range(1, 4).Select(seed => runs.Add("mini-s", 20_000, 2, SizeLoss("mini-s"), (uint)seed))];
        runs.AddEnsemble("e", members, [.. Enumerable.Range(1, 4).Select(k => SizeLoss("mini-s") - .5 + (.5 / k))]);

        using JsonDocument size = JsonDocument.Parse(Succeed("fit", "--law", "power", "--n", "parameters", "--runs", runs.Folder, "--where", "data_seed=0", "--bootstrap", "0", "--json").Output);
        Assert.Equal(MadeUpModels.Length, size.RootElement.GetProperty("points").GetInt32());
        Assert.Equal(3, size.RootElement.GetProperty("parameters").GetProperty("E").GetDouble(), 1e-3);
        Assert.Equal(.25, size.RootElement.GetProperty("parameters").GetProperty("alpha").GetDouble(), 1e-3);

        using JsonDocument count = JsonDocument.Parse(Succeed("fit", "--law", "power", "--k", "k", "--runs", runs.Folder, "--bootstrap", "0", "--json").Output);
        Assert.Equal(4, count.RootElement.GetProperty("points").GetInt32());
        Assert.Equal(SizeLoss("mini-s") - .5, count.RootElement.GetProperty("parameters").GetProperty("E").GetDouble(), 1e-6);

        string plan = Succeed("fit", "--plan", "--runs", runs.Folder, "--tokens", "20000", "--hours", "1000").Output;
        Assert.Matches("(?m)^more members +[0-9.E+]+ +[0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ .*[0-9.]+$", plan);
        Assert.Contains("more epochs: ", plan, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Succeed("fit", "--plan", "--runs", runs.Folder, "--tokens", "20000", "--hours", "1000", "--json").Output);
        Assert.Equal(4, json.RootElement.GetProperty("options").GetArrayLength());
    }

    [Theory]
    [InlineData("--law gravity", "--law was given 'gravity'; it takes one of power, joint, chinchilla")]
    [InlineData("--csv {table}", "--law is required; it takes one of power")]
    [InlineData("--law chinchilla --csv no/such.csv", "--csv was given 'no/such.csv', which cannot be read")]
    [InlineData("--law chinchilla --csv {table} --runs runs", "give one of them")]
    [InlineData("--law chinchilla --csv {table} --n size", "--n was given the column 'size'; table.csv has: n, d, loss.")]
    [InlineData("--law chinchilla --csv {table} --k n", "--k was given, and the law chinchilla has no such variable; it has N, D, loss.")]
    [InlineData("--law repeated --csv {table}", "The law repeated needs U (unique training tokens): name its column with --u. table.csv has: n, d, loss.")]
    [InlineData("--law power --csv {table} --n n --d d", "--n and --d were given; the law power is over one of x, N, K, D.")]
    [InlineData("--law chinchilla --csv {table} --delta 0", "--delta was given 0; it takes a positive number.")]
    [InlineData("--law chinchilla --csv {table} --delta 1e-3 --criterion squares", "--delta goes with Huber's cost, and --criterion was given squares.")]
    [InlineData("--law chinchilla --csv {table} --criterion cubes", "--criterion was given 'cubes'; it takes one of squares, squares-of-log, huber, huber-of-log.")]
    [InlineData("--law chinchilla --csv {table} --drop-highest 36", "--drop-highest was given 36; it takes a whole number from 0 and less than the 36 rows there are.")]
    [InlineData("--law chinchilla --csv {table} --hold-out 36", "--hold-out was given 36; it takes fewer than the 36 rows there are.")]
    [InlineData("--law chinchilla --csv {table} --hold-out 33", "The law chinchilla has 5 parameters to fit (A, B, E, alpha, beta) and needs as many points; there are 3.")]
    [InlineData("--law chinchilla --csv {table} --predict N=1e9", "--predict N=1e9 has no D; it has N.")]
    [InlineData("--law chinchilla --csv {table} --predict size=1", "--predict was given size; the law chinchilla takes N, D.")]
    [InlineData("--law chinchilla --csv {table} --predict N=-1,D=1", "--predict N was given -1; it takes a positive number.")]
    [InlineData("--law chinchilla --csv {table} --fix gamma=1", "The law chinchilla has no parameter 'gamma'; it has A, B, E, alpha, beta.")]
    [InlineData("--law chinchilla --csv {table} --where k=1", "--where was given the column 'k'; table.csv has: n, d, loss.")]
    [InlineData("--law chinchilla --csv {table} --bootstrap -1", "--bootstrap was given -1; it takes a whole number from 0")]
    [InlineData("--law chinchilla --csv {table} --confidence 95", "--confidence was given 95; it takes a number between 0 and 1.")]
    [InlineData("--law chinchilla --csv {table} --resample days", "--resample was given 'days'; it takes one of residuals, rows.")]
    [InlineData("--law chinchilla --published einstein", "--published was given 'einstein'; it takes one of hoffmann, besiroglu.")]
    [InlineData("--law isoflop --predict C=1e20", "--predict needs parameters: fit the law isoflop with --runs or --csv.")]
    [InlineData("--law speedup --csv {table}", "The law speedup needs optimizer (which optimizer): name its column with --optimizer.")]
    [InlineData("--law chinchilla --csv {table} --warm-up 5", "--lr, --warm-up and --schedules go with the laws of loss curves; chinchilla is none.")]
    [InlineData("--law isoflop --csv {table} --delta 1e-3", "--criterion and --delta do not go with the law isoflop")]
    [InlineData("--plan --csv {table} --tokens 5", "--plan needs --tokens and --hours.")]
    [InlineData("--hours 5", "--hours goes with --plan.")]
    [InlineData("--law chinchilla --n", "--n-column was given no value")]
    public void A_wrong_argument_is_named(string arguments, string expected)
    {
        string table = WriteChinchilla(Simulation.OfChinchilla(new Random(12), noise: .003));
        AssertRefused(expected, ["fit", .. arguments.Split(' ').Select(argument => argument.Replace("{table}", table, StringComparison.Ordinal))]);
    }

    [Theory]
    [InlineData("n,d,loss\n1e8,1e9,3\n0,1e9,3\n", "table.csv line 3: N (parameters) is 0; it takes a positive number.")]
    [InlineData("n,d,loss\n1e8,1e9,3\n1e8,-2,3\n", "table.csv line 3: D (training tokens) is -2; it takes a positive number.")]
    [InlineData("n,d,loss\n1e8,1e9,3\n\n1e8,1e9,nan\n", "table.csv line 4: loss (validation loss, nats a token) is NaN; it takes a positive number.")]
    [InlineData("n,d,loss\n1e8,1e9,3\n1e8,,3\n", "table.csv line 3: D (training tokens) is NaN; it takes a positive number.")]
    [InlineData("n,d,loss\n1e8,many,3\n", "table.csv line 2: the column d has 'many', which is not a number.")]
    [InlineData("n,d,loss\n1e8,1e9,3\n1e8,2e9,2.9\n1e8,3e9,2.8\n1e8,4e9,2.7\n1e8,5e9,2.6\n", "N (parameters) is 1E+08 in all 5 rows; the law chinchilla needs rows that differ in it.")]
    [InlineData("n,d,loss\n1e8,1e9,3\n2e8,2e9,2.9\n", "The law chinchilla has 5 parameters to fit (A, B, E, alpha, beta) and needs as many points; there are 2.")]
    public void A_table_that_cannot_be_fitted_is_refused_with_the_row(string table, string expected) =>
        AssertRefused(expected, "fit", "--law", "chinchilla", "--csv", folder.Write("table.csv", table));

    [Fact]
    public void A_folder_without_a_finished_run_is_refused() =>
        AssertRefused("it has no finished run", "fit", "--law", "power", "--n", "n", "--runs", folder.Path);

    private static readonly double[] Budgets = [1, 2, 4, 8, 16];

    private static readonly string[] MadeUpModels = ["mini-xxs", "mini-xs", "mini-s", "mini-m"];

    private static void AssertRefused(string expected, params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    private static Outcome Succeed(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }

    private string WriteChinchilla(LawData data) => folder.Write(
        "table.csv",
        "n,d,loss\n" + string.Concat(Enumerable.Range(0, data.Count).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{data.Numbers("N")[row]:R},{data.Numbers("D")[row]:R},{data.Target[row]:R}\n"))));
}

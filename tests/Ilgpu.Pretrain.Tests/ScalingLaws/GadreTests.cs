using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Gadre et al. (arXiv 2403.08540): the coefficients of three training sets and four prediction errors, from their table of 104 models.</summary>
public sealed class GadreTests
{
    /// <summary>Of the printed digits: the smallest coefficients have three.</summary>
    private const double CoefficientShare = .002;

    /// <summary>Of a percentage that is printed with four decimal places.</summary>
    private const double ErrorPoints = .001;

    private static readonly (string Model, double Multiple)[] Small =
    [
        ("d=96_l=8_h=4", 1), ("d=512_l=8_h=4", 1), ("d=576_l=24_h=8", 1), ("d=1024_l=24_h=8", 1), ("d=96_l=8_h=4", 16),
    ];

    [Theory]
    [InlineData("c4_original", 141.3, 189.5, .1212, 1.508)]
    [InlineData("rpj", 212.2, 366.7, .1364, 1.837)]
    [InlineData("rw_original", 157.1, 246.2, .1272, 1.735)]
    public void The_coefficients_of_the_loss_come_out(string trainedOn, double a, double b, double eta, double remainder)
    {
        IReadOnlyDictionary<string, double> fitted = FitLoss(trainedOn);
        AssertClose(a, fitted["a"]);
        AssertClose(b, fitted["b"]);
        AssertClose(eta, fitted["eta"]);
        AssertClose(remainder, fitted["E"]);
    }

    [Theory]
    [InlineData("c4_original", 2.079, .756, .850)]
    [InlineData("rpj", 2.207, .715, .857)]
    [InlineData("rw_original", 2.215, .707, .865)]
    public void The_coefficients_of_the_tasks_error_come_out(string trainedOn, double k, double gamma, double eps)
    {
        IReadOnlyDictionary<string, double> fitted = FitError(trainedOn);
        AssertClose(k, fitted["k"]);
        AssertClose(gamma, fitted["gamma"]);
        AssertClose(eps, fitted["eps"]);
    }

    [Theory]
    [InlineData("open_lm_1b", 640, .7103, 3.6365)]
    [InlineData("open_lm_7b", 20, .7320, .0464)]
    public void The_published_prediction_errors_on_RedPajama_come_out(string model, double ratio, double lossError, double taskError)
    {
        const string Trained = "rpj";
        DataTable large = Rows(Trained, [(model, ratio / 20)]);
        IReadOnlyDictionary<string, double> loss = FitLoss(Trained), error = FitError(Trained);
        var law = new OvertrainingLaw();
        LawData atLoss = Read(law, large);
        double predicted = law.Predict(loss, atLoss.Point(0));
        Assert.Equal(lossError, 100 * Math.Abs(predicted - atLoss.Target[0]) / atLoss.Target[0], ErrorPoints);

        var errorLaw = new DownstreamErrorLaw();
        double measured = Read(errorLaw, large).Target[0];
        double predictedError = errorLaw.Predict(error, new LawPoint("", new Dictionary<string, double> { ["loss"] = predicted }));
        Assert.Equal(taskError, 100 * Math.Abs(predictedError - measured) / measured, ErrorPoints);
    }

    private static IReadOnlyDictionary<string, double> FitLoss(string trainedOn)
    {
        var law = new OvertrainingLaw();
        return Fit(law, Read(law, Rows(trainedOn, Small)));
    }

    private static IReadOnlyDictionary<string, double> FitError(string trainedOn)
    {
        var law = new DownstreamErrorLaw();
        return Fit(law, Read(law, Rows(trainedOn, [.. Small, ("open_lm_1b", 1)])));
    }

    private static IReadOnlyDictionary<string, double> Fit(ScalingLaw law, LawData data)
    {
        LawFit fit = LawFitting.Fit(law, data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", fit.Estimate.Parameters.Select(each => $"{each.Key} {each.Value:G6}")));
        return fit.Estimate.Parameters;
    }

    private static LawData Read(ScalingLaw law, DataTable table) =>
        LawDataReader.Read(law, table, new Dictionary<string, string> { ["loss"] = "loss_c4_val", ["error"] = "err_avg17" });

    private static DataTable Rows(string trainedOn, (string Model, double Multiple)[] runs)
    {
        DataTable table = SharedTables.Table("gadre_104_models.csv");
        int set = table.Find("train_set"), model = table.Find("model"), multiple = table.Find("cc_mult");
        DataTable picked = table.Where(cells => cells[set] == trainedOn && runs.Any(run => run.Model == cells[model] && run.Multiple == double.Parse(cells[multiple]!)));
        Assert.Equal(runs.Length, picked.Rows.Count);
        return picked;
    }

    private static void AssertClose(double expected, double actual) => Assert.Equal(expected, actual, CoefficientShare * expected);
}
